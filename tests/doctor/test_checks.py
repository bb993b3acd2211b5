"""Each check of the doctor, both ways."""

from __future__ import annotations

import json
import shutil
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from builders.outside import OK, saying, serving
from honeyguide.database.embedded import EmbeddedServer
from honeyguide.doctor.checks import (
    certificates,
    data_folder,
    database,
    database_rights,
    destinations,
    egress,
    embedded_database,
    exposure,
    identity_providers,
    keys,
    token_keys,
    variables,
)
from honeyguide.doctor.demo_keys import is_weak
from honeyguide.doctor.finding import Check, Examined, Finding, Level
from honeyguide.egress import Egress
from honeyguide.identity.keys import open_key_ring
from honeyguide.settings import Settings, load_settings
from honeyguide.wallet.certificates.of_settings import development_certificates
from honeyguide.wallet.google.account import development_service_account

NOW = datetime.now(UTC)
GOOD_SECRET = "4f8b1c92d0e37a65" * 4
LAN = {"host": "0.0.0.0", "public_url": "http://192.168.1.5:8000"}
PRODUCTION = {"environment": "production", "secret_key": GOOD_SECRET, "public_url": "https://loyalty.test", "host": "0.0.0.0"}

Looked = Callable[..., Awaitable[Sequence[Finding]]]


@pytest.fixture
def looked(egress: Egress, tmp_path: Path) -> Looked:
    """Runs one check on settings."""

    async def run(
        check: Check, connection: asyncpg.Connection | None = None, url: str | None = None, **settings: object
    ) -> Sequence[Finding]:
        given = Settings(**{"data_dir": tmp_path / "data", **settings})  # type: ignore[arg-type]
        return await check(Examined(given, NOW, egress, connection, url, "the database does not answer"))

    return run


def levels(findings: Sequence[Finding]) -> set[str]:
    assert all(one.do for one in findings if one.level is not Level.GOOD)
    return {one.level.value for one in findings}


def says(findings: Sequence[Finding]) -> str:
    return "; ".join(one.says for one in findings if one.level is not Level.GOOD)


async def test_development_that_others_reach_fails_and_production_over_https_is_good(looked: Looked) -> None:
    assert levels(await looked(exposure.check)) == {"good"}
    assert "development answers to others" in says(await looked(exposure.check, **LAN))
    assert "without TLS" in says(await looked(exposure.check, **LAN))
    assert levels(await looked(exposure.check, **PRODUCTION)) == {"good"}


@pytest.mark.parametrize(
    ("host", "url", "exposed"),
    [
        ("127.0.0.1", None, False), ("::1", "http://localhost:8000", False), ("127.0.0.1", "https://loyalty.test", True),
        ("0.0.0.0", "http://localhost:8000", True), ("10.0.0.5", None, True), ("127.0.0.1", "http://127.0.0.1.nip.test", True),
    ],
)  # fmt: skip
async def test_a_server_is_exposed_by_its_address_or_by_its_name(looked: Looked, host: str, url: str | None, exposed: bool) -> None:
    found = await looked(keys.check, host=host, public_url=url, secret_key="s" * 40)

    assert ("failure" in levels(found)) is exposed


async def test_the_demo_goes_to_production_and_each_of_its_keys_is_found(looked: Looked, tmp_path: Path) -> None:
    """security.md: demo keys and the development CA work on loopback only; doctor fails on them."""
    data = tmp_path / "data"
    made_up = load_settings(data_dir=data).secret_key
    open_key_ring(data / "keys" / "tokens", create=True)
    files = development_certificates(data, "pass.test.honeyguide.membership", "HONEYGUIDE", NOW).signing
    account = development_service_account(data)
    demo = {
        **PRODUCTION,
        "secret_key": made_up,
        "apple_certificate": files.certificate,
        "apple_wwdr": files.intermediate,
        "google_service_account_file": account,
    }

    told = says(await looked(keys.check, **demo))

    for key in ("secret key is the one that development made up", "access tokens", "development CA", "service account"):
        assert key in told
    assert levels(await looked(keys.check)) == {"good"}  # at home they are what they are for


async def test_keys_of_ones_own_are_good_beside_a_made_up_one_that_only_verifies(looked: Looked, tmp_path: Path) -> None:
    tokens = tmp_path / "data" / "keys" / "tokens"
    open_key_ring(tokens, create=True)
    assert "access tokens" in says(await looked(keys.check, **PRODUCTION))

    other = tmp_path / "other"
    open_key_ring(other, create=True)
    own = next(other.glob("*.pem")).read_bytes()
    (tokens / "token-2026.pem").write_bytes(own[own.index(b"-----BEGIN") :])

    assert levels(await looked(keys.check, **PRODUCTION)) == {"good"}


@pytest.mark.parametrize(
    ("secret", "weak"),
    [("s" * 40, True), ("change-me-to-something-of-32-characters", True), ("0123456789abcdef0123456789abcdef", True), (GOOD_SECRET, False)],
)
async def test_a_secret_key_from_an_example_is_refused(looked: Looked, secret: str, weak: bool) -> None:
    assert is_weak(secret) is weak
    assert (levels(await looked(keys.check, **{**PRODUCTION, "secret_key": secret})) == {"failure"}) is weak


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o704])
async def test_a_data_folder_that_others_can_read_fails(looked: Looked, tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    assert levels(await looked(data_folder.check)) == {"good"}

    folder.chmod(mode)

    assert "can be read or changed by others" in says(await looked(data_folder.check))


async def test_a_key_file_that_others_can_read_fails_wherever_it_lies(looked: Looked, tmp_path: Path) -> None:
    data = tmp_path / "data"
    load_settings(data_dir=data)
    open_key_ring(data / "keys" / "tokens", create=True)
    development_certificates(data, "pass.test.honeyguide.membership", "HONEYGUIDE", NOW)
    assert levels(await looked(data_folder.check)) == {"good"}

    for file in (data / "keys" / "secret", data / "apple" / "pass.key", next((data / "keys" / "tokens").glob("*.pem"))):
        file.chmod(0o644)
        found = await looked(data_folder.check)
        assert levels(found) == {"failure"} and file.name in says(found)
        file.chmod(0o600)
    outside = tmp_path / "apple.key"
    outside.touch(mode=0o644)
    outside.chmod(0o644)
    assert "apple.key" in says(await looked(data_folder.check, apple_key=outside))


async def test_certificates_that_are_missing_or_end_soon_are_told_and_mixed_ones_fail(looked: Looked, tmp_path: Path) -> None:
    names = ("pass.test.honeyguide.membership", "HONEYGUIDE")
    assert levels(await looked(certificates.check)) == {"warning"}

    development_certificates(tmp_path / "data", *names, NOW)
    assert levels(await looked(certificates.check)) == {"good"}
    assert "UID" in says(await looked(certificates.check, apple_pass_type_id="pass.other"))

    shutil.rmtree(tmp_path / "data" / "apple")
    development_certificates(tmp_path / "data", *names, NOW - timedelta(days=350))
    assert levels(await looked(certificates.check)) == {"warning"}

    other = development_certificates(tmp_path / "other", *names, NOW).signing
    shutil.copy(other.key, tmp_path / "data" / "apple" / "pass.key")
    assert "key does not belong" in says(await looked(certificates.check))


async def test_the_development_ca_signs_nothing_in_production(looked: Looked, tmp_path: Path) -> None:
    files = development_certificates(tmp_path, "pass.test.honeyguide.membership", "HONEYGUIDE", NOW).signing
    given = {**PRODUCTION, "apple_certificate": files.certificate, "apple_key": files.key, "apple_wwdr": files.intermediate}

    assert "not Apple's WWDR" in says(await looked(certificates.check, **given))


async def test_a_misspelt_variable_is_told_by_name(looked: Looked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HONEYGUIDE_SECRET_KEY_FILE", "")
    assert levels(await looked(variables.check)) == {"good"}

    monkeypatch.setenv("HONEYGUIDE_PUBLIC_ULR", "https://a-value-that-stays-secret.test")
    found = await looked(variables.check)

    assert "HONEYGUIDE_PUBLIC_ULR" in says(found)
    assert "stays-secret" not in says(found)


async def test_a_database_that_is_away_or_behind_fails_and_a_current_one_is_good(
    looked: Looked, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert levels(await looked(database.check)) == {"failure"}
    assert levels(await looked(database.check, connection)) == {"good"}

    async def behind(executor: object) -> list[str]:
        return ["0009_something"]

    monkeypatch.setattr(database, "missing_migrations", behind)
    assert "0009_something" in says(await looked(database.check, connection))


@pytest.mark.parametrize(("apart", "level"), [(0.5, "good"), (5, "warning"), (-5, "warning"), (60, "failure"), (-60, "failure")])
async def test_clocks_that_differ_are_told(
    looked: Looked, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch, apart: float, level: str
) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return NOW_FOR_CLOCK() + timedelta(seconds=apart)

    monkeypatch.setattr(database, "datetime", Clock)

    assert levels(await looked(database.check, connection)) == {level}


def NOW_FOR_CLOCK() -> datetime:  # noqa: N802
    return datetime.now(UTC)


async def test_a_login_that_could_rewrite_history_fails(looked: Looked, test_server, worker_database: str) -> None:  # type: ignore[no-untyped-def]
    expected = {"honeyguide_app": "good", "honeyguide_owner": "failure", None: "failure"}
    for role, level in expected.items():
        url = test_server.url(worker_database, role) if role else test_server.url(worker_database)
        connection = await asyncpg.connect(url)
        if role and await connection.fetchval("SELECT session_user") != role:
            await connection.close()
            pytest.skip("this server has no login for each role")
        found = await looked(database_rights.check, connection, url)
        await connection.close()
        assert levels(found) == {level}, (role, found)


async def test_no_database_has_no_rights_to_look_at(looked: Looked) -> None:
    assert await looked(database_rights.check) == []


async def test_a_database_that_takes_any_password_over_the_network_fails(
    looked: Looked, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def trusting(url: str) -> bool:
        asked.append(url)
        return True

    monkeypatch.setattr(database_rights, "_takes_any_password", trusting)

    assert "trusts whoever comes" in says(await looked(database_rights.check, connection, "postgresql://honeyguide_app:x@127.0.0.1/h"))
    assert "trusts" not in says(await looked(database_rights.check, connection, "postgresql://honeyguide_app@/h?host=/folder"))
    assert len(asked) == 1


async def test_a_database_that_refuses_wrong_passwords_is_good() -> None:
    assert not await database_rights._takes_any_password("postgresql://honeyguide_app:x@127.0.0.1:1/honeyguide")


async def test_an_embedded_database_that_trusts_the_network_fails(looked: Looked, connection: asyncpg.Connection, tmp_path: Path) -> None:
    folder = EmbeddedServer(tmp_path / "data").folder
    folder.mkdir(parents=True)
    (folder / "pg_hba.conf").write_text("local all all trust\n")
    assert levels(await looked(embedded_database.check, connection)) == {"good"}
    assert levels(await looked(embedded_database.check, connection, **PRODUCTION)) == {"warning"}

    (folder / "pg_hba.conf").write_text("local all all trust\nhost all all 127.0.0.1/32 trust\n")

    assert "over TCP" in says(await looked(embedded_database.check, connection))
    assert await looked(embedded_database.check, connection, database_url="postgresql://db/h") == []
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("allow", "level"),
    [
        ("", "good"), ("mail.inside:25", "good"), ("10.1.2.3/32", "good"), ("10.0.0.0/8", "warning"), ("169.254.169.254", "failure"),
        ("0.0.0.0/0", "failure"), ("127.0.0.0/8", "failure"), ("::/0", "failure"), ("10.0.0.1/8", "failure"), ("http://x", "failure"),
    ],
)  # fmt: skip
async def test_an_allow_list_that_opens_too_much_is_told(looked: Looked, allow: str, level: str) -> None:
    assert levels(await looked(egress.check, **PRODUCTION, egress_allow=allow)) == {level}


async def test_destinations_are_reached_or_told(looked: Looked, tmp_path: Path) -> None:
    assert levels(await looked(destinations.check)) == {"good"}
    account = tmp_path / "account.json"
    async with serving(OK) as server:
        urls = {f"google_{name}_url": f"http://127.0.0.1:{server.port}/{name}" for name in ("token", "keys")}
        google = {"google_service_account_file": account, **urls}
        there = await looked(destinations.check, **google, google_api_url=f"http://127.0.0.1:{server.port}/v1")
        away = await looked(destinations.check, **google, google_api_url="http://127.0.0.1:9/v1")
        inside = await looked(destinations.check, **google, google_api_url="http://10.255.255.1/v1")
        mail = [await looked(destinations.check, smtp_host=host, smtp_port=server.port) for host in ("127.0.0.1", "10.0.0.9")]

    assert (levels(there), levels(away), levels(inside)) == ({"good"}, {"good", "warning"}, {"good", "failure"})
    assert "refused by our own egress" in says(inside)
    assert [levels(found) for found in mail] == [{"good"}, {"failure"}] and "the mail host" in says(mail[1])


async def test_identity_providers_whose_keys_cannot_be_had_fail(looked: Looked, superuser_url: str) -> None:
    assert await looked(identity_providers.check) == []
    key = {"kty": "RSA", "kid": "1", "use": "sig", "alg": "RS256", "n": "4" * 342, "e": "AQAB"}
    body = json.dumps({"keys": [key]}).encode()
    connection = await asyncpg.connect(superuser_url)
    async with serving(saying(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body), body)) as server:
        for name, url in (
            ("own", f"http://127.0.0.1:{server.port}/keys"),
            ("away", "http://127.0.0.1:9/keys"),
            ("inside", "http://10.0.0.1/keys"),
        ):
            await connection.execute(
                "INSERT INTO identity_provider (program_id, provider_id, audience, issuer, client_audiences, jwks_url, algorithms, options, "
                "created_at) VALUES (gen_random_uuid(), $1, 'member', $2, '{app}', $3, '{RS256}', '{}', now())",
                name, f"https://{name}.test", url,
            )  # fmt: skip
        found = await looked(identity_providers.check, connection)
    await connection.execute("DELETE FROM identity_provider")
    await connection.close()

    assert {(one.level.value, one.says.split()[3]) for one in found} == {("good", "own"), ("failure", "away"), ("failure", "inside")}


async def test_production_without_a_fit_key_for_tokens_fails(looked: Looked, tmp_path: Path) -> None:
    tokens = tmp_path / "data" / "keys" / "tokens"
    assert levels(await looked(token_keys.check)) == {"good"}
    assert "no private key" in says(await looked(token_keys.check, **PRODUCTION))

    open_key_ring(tokens, create=True)
    assert levels(await looked(token_keys.check, **PRODUCTION)) == {"good"}

    (tokens / "token-0002.pem").write_text("no key")
    assert levels(await looked(token_keys.check)) == {"failure"}


ATTACKS_ON_HISTORY = {
    "GRANT UPDATE (amount_minor) ON transaction TO honeyguide_app": "may change transaction",
    "GRANT DELETE ON audit, audit_link TO honeyguide_app": "may change audit, audit_link",
    "GRANT pg_write_all_data TO honeyguide_app": "may change",
    "ALTER TABLE transfer DISABLE TRIGGER append_only": "no trigger refuses changes of transfer",
    "DROP TRIGGER append_only ON audit_link": "no trigger refuses changes of audit_link",
}


@pytest.mark.parametrize("attack", ATTACKS_ON_HISTORY)
async def test_history_that_somebody_opened_to_the_ordinary_login_is_found(looked: Looked, superuser_url: str, attack: str) -> None:
    connection = await asyncpg.connect(superuser_url)
    opened = connection.transaction()  # rolled back, so that no other test meets it
    await opened.start()
    try:
        await connection.execute(attack)
        await connection.execute("SET LOCAL SESSION AUTHORIZATION honeyguide_app")
        found = await looked(database_rights.check, connection)
    finally:
        await opened.rollback()
        await connection.close()

    assert ATTACKS_ON_HISTORY[attack] in says(found)


async def test_every_append_only_table_is_looked_at(connection: asyncpg.Connection) -> None:
    rows = await connection.fetch("SELECT tgrelid::regclass::text AS name FROM pg_trigger WHERE tgname = 'append_only'")

    assert sorted(database_rights.HISTORY) == sorted(row["name"].strip('"') for row in rows)


async def test_a_certificate_file_that_holds_its_key_is_a_secret(looked: Looked, tmp_path: Path) -> None:
    both = tmp_path / "both.pem"
    both.touch()
    both.chmod(0o644)

    assert "both.pem" in says(await looked(data_folder.check, apple_certificate=both))
    assert levels(await looked(data_folder.check, apple_certificate=both, apple_key=tmp_path / "absent.key")) == {"good"}
