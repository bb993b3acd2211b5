"""The trigger pass_stale_mark: who changes a member marks the member's passes, in the same commit."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from honeyguide.database import Database

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PROGRAM = UUID(int=1)


async def test_a_raised_version_marks_all_passes_of_the_member_and_of_nobody_else(database: Database) -> None:
    ada, bob = await member(database), await member(database)
    of_ada, of_bob = await issue(database, ada), await issue(database, bob)

    await raise_version(database, ada)

    assert await changed(database, of_ada) == 2
    assert await changed(database, of_bob) == 1


async def test_a_waiting_pass_keeps_its_place_in_the_queue(database: Database) -> None:
    ada = await member(database)
    waiting = await issue(database, ada)
    await raise_version(database, ada)
    since = await database.pool.fetchval("SELECT changed_at FROM pass WHERE pass_id = $1", waiting)

    await raise_version(database, ada)

    assert await changed(database, waiting) == 3
    assert await database.pool.fetchval("SELECT changed_at FROM pass WHERE pass_id = $1", waiting) == since > NOW


async def test_revoked_passes_stay_as_they_are(database: Database) -> None:
    ada = await member(database)
    revoked = await issue(database, ada, state="REVOKED")

    await raise_version(database, ada)

    assert await changed(database, revoked) == 1


async def test_a_change_that_is_rolled_back_marks_nothing(database: Database) -> None:
    ada = await member(database)
    pass_id = await issue(database, ada)

    async with database.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("UPDATE standing SET version = version + 1 WHERE program_id = $1 AND member_id = $2", PROGRAM, ada)
        await transaction.rollback()

    assert await changed(database, pass_id) == 1


async def member(database: Database) -> UUID:
    member_id = uuid7()
    await database.pool.execute(
        "INSERT INTO standing (program_id, member_id, version, changed_at) VALUES ($1, $2, 1, $3)", PROGRAM, member_id, NOW
    )
    return member_id


async def issue(database: Database, member_id: UUID, state: str = "ISSUED") -> UUID:
    pass_id = uuid7()
    await database.pool.execute(
        """
        INSERT INTO pass (program_id, member_id, pass_id, style, serial, barcode, state, changed, shown, changed_at, modified_at, issued_at)
        VALUES ($1, $2, $3, 'membership', $4, 'B', $5, 1, 1, $6, $6, $6)
        """,
        PROGRAM, member_id, pass_id, str(pass_id), state, NOW,
    )  # fmt: skip
    return pass_id


async def raise_version(database: Database, member_id: UUID) -> None:
    await database.pool.execute("UPDATE standing SET version = version + 1 WHERE program_id = $1 AND member_id = $2", PROGRAM, member_id)


async def changed(database: Database, pass_id: UUID) -> int:
    version: int = await database.pool.fetchval("SELECT changed FROM pass WHERE pass_id = $1", pass_id)
    return version
