"""The doctor asks Google whether it would take our cards, and says what only a person can look at (G3, G15, G21)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest_asyncio
from pydantic import SecretStr

from honeyguide.database import Database
from honeyguide.doctor.checks import google_wallet
from honeyguide.doctor.finding import Examined, Level
from honeyguide.egress import Egress
from honeyguide.settings import Settings
from honeyguide.testing.google import GoogleSimulator
from honeyguide.wallet.credentials.bring import Brought, bring_account
from honeyguide.wallet.credentials.vault import CredentialVault
from honeyguide.wallet.google.account import development_service_account
from honeyguide.wallet.google.client import SIMULATED_ISSUER

NOW = datetime.now(UTC)


@pytest_asyncio.fixture
async def google(tmp_path: Path) -> AsyncIterator[GoogleSimulator]:
    simulator = GoogleSimulator(development_service_account(tmp_path))
    await simulator.start()
    yield simulator
    await simulator.stop()


def settings(google: GoogleSimulator, tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, google_api_url=google.api_url, google_token_url=google.token_url)


async def test_g21_jwt_validate_is_the_self_test_and_demo_mode_is_told(
    google: GoogleSimulator, egress: Egress, connection: asyncpg.Connection, tmp_path: Path
) -> None:
    found = await google_wallet.check(Examined(settings(google, tmp_path), NOW, egress, connection))

    assert Level.GOOD in {one.level for one in found} and Level.FAILURE not in {one.level for one in found}
    assert any("[TEST ONLY]" in one.says for one in found)
    assert {path for _, path, _ in google.calls} == {"/walletobjects/v1/jwt/validate"}
    assert not google.objects and not google.classes


async def test_g3_g21_an_account_that_google_refuses_and_a_class_that_it_rejected_are_failures(
    google: GoogleSimulator, egress: Egress, connection: asyncpg.Connection, tmp_path: Path
) -> None:
    await connection.execute(
        "INSERT INTO google_class VALUES ('1.demo', gen_random_uuid(), 'membership', 1, 'REJECTED', NULL, now()),"
        " ('1.odd', gen_random_uuid(), 'odd', 1, 'UNKNOWN', 'badRequest', now())"
    )
    stranger = settings(google, tmp_path).model_copy(
        update={"google_service_account_file": development_service_account(tmp_path / "another")}
    )

    found = await google_wallet.check(Examined(stranger, NOW, egress, connection))
    unset = await google_wallet.check(Examined(Settings(data_dir=tmp_path), NOW, egress))

    said = [one.says for one in found if one.level is Level.FAILURE]
    assert [text for text in said if "token_invalid_grant" in text]
    assert any("1.demo is REJECTED" in text for text in said) and any("1.odd is UNKNOWN: badRequest" in text for text in said)
    assert [one.level for one in unset] == [Level.WARNING]


async def test_x2_g21_the_issuer_that_a_program_brought_is_tried_too(
    google: GoogleSimulator, egress: Egress, database: Database, tmp_path: Path
) -> None:
    key = SecretStr("k" * 32)
    ours, program_id, issuer_id = settings(google, tmp_path).model_copy(update={"secret_key": key}), uuid4(), "3388000000000000007"
    file = development_service_account(tmp_path)
    content = json.loads(file.read_bytes())
    assert isinstance(await bring_account(database, CredentialVault.of(ours.secrets), program_id, issuer_id, content, NOW), Brought)

    async with database.pool.acquire() as connection:
        found = await google_wallet.check(Examined(ours, NOW, egress, connection))

    assert {one.level for one in found if issuer_id in one.says} == {Level.GOOD}
    assert {one.level for one in found if SIMULATED_ISSUER in one.says} == {Level.GOOD}
