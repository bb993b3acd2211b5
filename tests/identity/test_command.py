"""`honeyguide token`: a token for trying is good at its API, in development only."""

import asyncio
import os
import pwd
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner, Result

from honeyguide.caller import Audience
from honeyguide.database import Database
from honeyguide.identity.access import SCOPES
from honeyguide.identity.command import token_command
from honeyguide.identity.keys import open_key_ring
from honeyguide.identity.store import credential, revoked_credentials
from honeyguide.identity.tokens import VerifiedToken, verify_token
from honeyguide.members.identifiers import IdentifierKind
from honeyguide.members.member_number import ENTROPY_BYTES, member_number
from honeyguide.members.store import Identifier, NewMember, insert_identifiers, insert_member
from honeyguide.programs.store import insert_program, insert_version

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PROGRAM, MEMBER = UUID(int=1), UUID(int=2)
NUMBER = member_number(bytes(ENTROPY_BYTES))


@pytest.fixture
def data_folder(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("HONEYGUIDE_DATA_DIR", str(tmp_path))
    return tmp_path


async def a_program_with_a_member(database: Database, code: str = "trying", program_id: UUID = PROGRAM) -> None:
    async with database.transaction() as connection:
        await insert_program(connection, program_id, code, NOW)
        await insert_version(connection, program_id, 1, "", "test", NOW)
        await insert_identifiers(connection, program_id, MEMBER, [Identifier(IdentifierKind.NUMBER, NUMBER)])
        await insert_member(connection, NewMember(program_id, MEMBER, NUMBER, "en", NOW, None))


async def run(*arguments: str) -> Result:
    """The command has an event loop of its own."""
    return await asyncio.to_thread(CliRunner().invoke, token_command, list(arguments))


def verified(result: Result, folder: Path, audience: Audience) -> VerifiedToken:
    assert result.exit_code == 0, result.output
    ring = open_key_ring(folder / "keys" / "tokens", create=False)
    found = verify_token(ring, result.stdout.strip(), issuer="urn:honeyguide:development", audience=audience, now=datetime.now(UTC))
    assert isinstance(found, VerifiedToken)
    return found


async def test_a_members_token_is_printed_for_a_number(database: Database, data_folder: Path) -> None:
    await a_program_with_a_member(database)

    result = await run("member", f"{NUMBER[:6]} {NUMBER[6:]}")

    assert verified(result, data_folder, Audience.MEMBER).caller.member_id == MEMBER


async def test_an_operators_token_has_every_scope(database: Database, data_folder: Path) -> None:
    await a_program_with_a_member(database)

    caller = verified(await run("operator", "--name", "olivia"), data_folder, Audience.OPERATOR).caller

    assert (caller.subject, caller.scopes, caller.program_id) == ("olivia", SCOPES[Audience.OPERATOR], PROGRAM)


@pytest.mark.parametrize("name", ["corp/anna", "member", "system:retention", "cli:root", "", "a b", "two\nlines", "x" * 101])
async def test_a_machine_cannot_be_named_like_somebody_else_in_the_trail(database: Database, data_folder: Path, name: str) -> None:
    await a_program_with_a_member(database)

    result = await run("credential", name, "--scope", "adjust")

    assert result.exit_code == 1 and "a machine's name" in result.output
    assert await database.pool.fetchval("SELECT count(*) FROM credential") == 0


async def test_an_operators_machine_gets_a_credential(database: Database, data_folder: Path) -> None:
    await a_program_with_a_member(database)

    result = await run("credential", "nightly-export", "--scope", "audit", "--scope", "members")

    client_id = result.stdout.split()[1]
    kept = await credential(database.pool, client_id)
    assert kept is not None
    assert (kept.subject, kept.scopes) == ("nightly-export", frozenset({"audit", "members"}))


async def test_what_cannot_be_is_said_in_a_sentence(database: Database, data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no program was applied" in (await run("operator")).stderr
    await a_program_with_a_member(database)
    assert "no member has this number" in (await run("member", "1234")).stderr
    assert "no partner has this code" in (await run("partner", "grocer")).stderr
    await a_program_with_a_member(database, "second", UUID(int=9))
    assert "--program" in (await run("operator")).stderr
    assert (await run("operator", "--program", "second")).exit_code == 0


async def test_production_prints_no_token(database: Database, data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HONEYGUIDE_ENVIRONMENT", "production")
    monkeypatch.setenv("HONEYGUIDE_SECRET_KEY", "x" * 32)
    monkeypatch.setenv("HONEYGUIDE_PUBLIC_URL", "https://loyalty.example")

    result = await run("member", NUMBER)

    assert result.exit_code == 1
    assert "development only" in result.stderr


async def test_a_revoked_credential_is_ended_once(database: Database, data_folder: Path) -> None:
    await a_program_with_a_member(database)
    client_id = (await run("credential", "nightly", "--scope", "members")).output.split()[1]

    first, second = await run("revoke", client_id), await run("revoke", client_id)

    assert (first.exit_code, first.output) == (0, f"revoked {client_id}\n")
    assert (second.exit_code, second.output) == (1, f"Error: no credential {client_id} is in force\n")
    assert await revoked_credentials(database.pool) == {client_id}


async def test_the_trail_names_who_the_operating_system_says_and_not_the_environment(
    database: Database, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_program_with_a_member(database)
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(variable, "somebody-else")

    assert (await run("credential", "nightly", "--scope", "audit")).exit_code == 0

    assert await database.pool.fetchval("SELECT actor FROM audit") == f"cli:{pwd.getpwuid(os.getuid()).pw_name}"
