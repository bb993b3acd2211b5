"""`honeyguide provider`: who may be trusted is said at the command line only, and each time in the audit trail."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner, Result

from builders.provider import OwnProvider, own_provider, public
from honeyguide.database import Database
from honeyguide.identity.providers.command import provider_command
from honeyguide.identity.providers.store import providers
from honeyguide.programs.store import insert_program, insert_version

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PROGRAM, OTHER = UUID(int=1), UUID(int=2)


@pytest.fixture(autouse=True)
def here(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("HONEYGUIDE_DATA_DIR", str(tmp_path))


@pytest.fixture
async def programs(database: Database) -> None:
    async with database.transaction() as connection:
        for program_id, code in ((PROGRAM, "first"), (OTHER, "second")):
            await insert_program(connection, program_id, code, NOW)
            await insert_version(connection, program_id, 1, "", "test", NOW)


async def run(*arguments: str, program: str = "first") -> Result:
    return await asyncio.to_thread(CliRunner().invoke, provider_command, [*arguments, "--program", program])


def members(idp: OwnProvider, *more: str, name: str = "corp", client: str = "app") -> list[str]:
    return ["add", name, "--for", "member", "--issuer", idp.issuer, "--audience", client, *more]


async def acts(database: Database) -> list[tuple[Any, ...]]:
    rows = await database.pool.fetch("SELECT actor LIKE 'cli:%' AS by_cli, action, subject_kind, subject FROM audit ORDER BY at, audit_id")
    return [tuple(row) for row in rows]


@pytest.mark.usefixtures("programs")
async def test_a_provider_is_added_listed_changed_and_removed_and_each_is_in_the_trail(database: Database) -> None:
    async with own_provider() as idp:
        added = await run(*members(idp, "--enrols", "--links-by", "verified_email", "--algorithm", "ES256", "--algorithm", "RS256"))
        changed = await run(*members(idp, "--audience", "second-app", "--max-age", "600"))
        listed = await run("list")
        removed, again = await run("remove", "corp"), await run("remove", "corp")

    assert (added.output, changed.output, removed.output) == ("added corp\n", "added corp\n", "removed corp\n")
    assert again.exit_code != 0
    assert listed.output == f"corp\tmember\t{idp.issuer}\tapp,second-app\tRS256\tin force\n"
    ((provider, removed_at),) = await providers(database.pool, PROGRAM)
    assert removed_at is not None and provider.options.max_age_seconds == 600 and not provider.options.enrols
    assert await acts(database) == [
        (True, "SET_PROVIDER", "PROVIDER", "corp"),
        (True, "SET_PROVIDER", "PROVIDER", "corp"),
        (True, "REMOVE_PROVIDER", "PROVIDER", "corp"),
    ]


@pytest.mark.usefixtures("programs")
async def test_an_issuer_and_audience_are_trusted_once_in_all_programs_and_for_all_kinds_of_persons(database: Database) -> None:
    operators = ("--roles-claim", "groups", "--role", "Loyalty=Admins=admin")
    async with own_provider() as idp:
        assert (await run(*members(idp))).exit_code == 0

        twice = await run(*members(idp, name="again"))
        elsewhere = await run(*members(idp), program="second")
        as_operators = await run("add", "staff", "--for", "operator", "--issuer", idp.issuer, "--audience", "app", *operators)
        another_audience = await run(*members(idp, client="second-app"), program="second")
        console = await run("add", "staff", "--for", "operator", "--issuer", idp.issuer, "--audience", "console", *operators)

    for refused in (twice, elsewhere, as_operators):
        assert refused.exit_code != 0 and "takes tokens of this issuer and audience already" in refused.output
    assert (another_audience.exit_code, console.exit_code) == (0, 0)
    (_, (staff, _)) = await providers(database.pool, PROGRAM)
    assert staff.options.roles == {"Loyalty=Admins": "admin"}


@pytest.mark.usefixtures("programs")
async def test_a_name_stays_with_its_issuer_for_operators_are_named_after_it() -> None:
    async with own_provider() as idp, own_provider() as other:
        await run(*members(idp))
        await run("remove", "corp")

        taken = await run(*members(other))
        revived = await run(*members(idp))

    assert taken.exit_code != 0 and "belongs to another issuer" in taken.output
    assert revived.exit_code == 0


@pytest.mark.usefixtures("programs")
@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["--issuer", "ftp://idp.example"], "issuer"),
        (["--subject-claim", "email"], "somebody else tomorrow"),
        (["--algorithm", "HS256"], "HS256"),
        (["--algorithm", "none"], "none"),
        (["--leeway", "9999"], "leeway_seconds"),
        (["--role", "boss=admin"], "roles are for operators"),
        (["--role", "boss"], "GROUP=ROLE"),
        (["--for", "partner"], "partner"),
        (["--for", "operator"], "roles"),
    ],
)
async def test_what_cannot_be_trusted_is_refused_and_nothing_is_kept(database: Database, given: list[str], words: str) -> None:
    async with own_provider() as idp:
        refused = await run(*members(idp, *given))

    assert refused.exit_code != 0 and words in refused.output
    assert await acts(database) == [] and await providers(database.pool, PROGRAM) == []


@pytest.mark.usefixtures("programs")
async def test_a_provider_whose_keys_cannot_be_had_is_added_only_when_that_is_meant() -> None:
    async with own_provider() as idp:
        idp.keys = [{**public("one"), "d": "AQAB"}]

        refused, meant = await run(*members(idp)), await run(*members(idp, "--unchecked"))

    assert refused.exit_code != 0 and "no usable key" in refused.output
    assert meant.exit_code == 0
