"""Two roles: history is append-only for the application by right, and for the owner and a superuser by trigger."""

from __future__ import annotations

from base64 import b64decode

import asyncpg
import pytest

from honeyguide.database import Database
from honeyguide.database.passwords import scram_verifier
from honeyguide.database.roles import APPLICATION, OWNER, ensure_roles

APPEND_ONLY = ("program_version", "tier_change", "transaction", "transfer", "lot_move", "consent")
CHANGES = ("UPDATE {} SET program_id = program_id", "DELETE FROM {}", "TRUNCATE {}")


@pytest.mark.parametrize("table", APPEND_ONLY)
async def test_the_application_may_not_rewrite_history(database: Database, table: str) -> None:
    for change in CHANGES:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await database.pool.execute(change.format(table))


@pytest.mark.parametrize("table", APPEND_ONLY)
async def test_triggers_refuse_the_owner_and_a_superuser_too(superuser_url: str, table: str) -> None:
    connection = await asyncpg.connect(superuser_url)
    try:
        for role in (OWNER, "NONE"):
            await connection.execute(f"SET ROLE {role}")
            for change in CHANGES:
                with pytest.raises(asyncpg.PostgresError, match="append-only") as refusal:
                    await connection.execute(change.format(table))
                assert refusal.value.sqlstate == "HG001"
    finally:
        await connection.close()


async def test_connections_act_as_the_application_role_whoever_logged_in(superuser_url: str) -> None:
    database = await Database.open(superuser_url)

    acting = await database.pool.fetchval("SELECT current_user::text")

    await database.close()
    assert acting == APPLICATION


async def test_the_application_may_truncate_nothing(database: Database) -> None:
    may = await database.pool.fetch(
        """
        SELECT relname::text FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND has_table_privilege(oid, 'TRUNCATE')
        """
    )

    assert may == []


async def test_our_verifier_is_the_one_the_server_would_make(superuser_url: str) -> None:
    connection = await asyncpg.connect(superuser_url)
    try:
        async with Undone(connection):
            await connection.execute("CREATE ROLE honeyguide_verified LOGIN PASSWORD 'pencil'")
            stored = await connection.fetchval("SELECT rolpassword FROM pg_authid WHERE rolname = 'honeyguide_verified'")
    finally:
        await connection.close()

    salt = b64decode(stored.partition(":")[2].partition("$")[0])
    assert scram_verifier("pencil", salt) == stored


async def test_migrating_gives_the_application_the_password_of_its_url(superuser_url: str) -> None:
    connection = await asyncpg.connect(superuser_url)
    try:
        async with Undone(connection):
            await ensure_roles(connection, "a quoted 'word'")
            stored = await connection.fetchval("SELECT rolpassword FROM pg_authid WHERE rolname = $1", APPLICATION)
    finally:
        await connection.close()

    salt = b64decode(stored.partition(":")[2].partition("$")[0])
    assert scram_verifier("a quoted 'word'", salt) == stored


class Undone:
    """Roles belong to the whole server, which other tests share: what is tried here is rolled back."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.transaction = connection.transaction()

    async def __aenter__(self) -> None:
        await self.transaction.start()

    async def __aexit__(self, *_: object) -> None:
        await self.transaction.rollback()
