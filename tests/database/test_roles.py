"""Two roles: history is append-only for the application by right, and for the owner and a superuser by trigger."""

from __future__ import annotations

import asyncpg
import pytest

from honeyguide.database import Database
from honeyguide.database.passwords import scram_verifier
from honeyguide.database.roles import APPLICATION, OWNER

APPEND_ONLY = ("program_version", "tier_change", "transaction", "transfer", "lot_move")
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


def test_a_password_reaches_the_server_as_a_verifier() -> None:
    # The verifier that PostgreSQL 15 itself stored for the password "pencil" with this salt.
    salt = bytes(range(16))

    verifier = scram_verifier("pencil", salt)

    assert verifier.startswith("SCRAM-SHA-256$4096:AAECAwQFBgcICQoLDA0ODw==$")
    assert "pencil" not in verifier
