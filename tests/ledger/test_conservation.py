"""The conservation view has teeth: each way of breaking the books shows up as a row that names the rule."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from builders.intents import PROGRAM, Accrue, Burn, key, reference
from honeyguide.database import Database
from honeyguide.ledger.books import broken_rows
from honeyguide.till.till import Till

PROOF = "SELECT * FROM conservation"
SABOTAGE = {
    "a lot is what its moves made it": "UPDATE lot SET open = open - 1, burned = burned + 1 WHERE open > 10",
    "a move belongs to a lot": "UPDATE lot_move SET lot_id = gen_random_uuid() WHERE what = 'accrue'",
    "posted = sum of transfers": "UPDATE account SET posted = posted + 1 WHERE kind = 'member'",
    "posted = pending + open + held - debt": "UPDATE account SET debt = debt + 1 WHERE kind = 'member'",
    "lots have an account": "DELETE FROM account WHERE kind = 'member'",
    "a transfer is in the unit of its accounts": "UPDATE account SET unit = 'cashback' WHERE kind = 'issued'",
    "a transfer belongs to a transaction": "UPDATE transfer SET transaction_id = gen_random_uuid()",
    "balance_after is the balance after it": "UPDATE transfer SET balance_after = 7 WHERE balance_after = 100",
    "the tier is the last change": "UPDATE standing SET tier = 'gold', tier_since = now()",
    "versions have no gap": "UPDATE standing SET version = version + 1",
    "a caller's transaction has one key claim and at most one reference claim": "DELETE FROM claim WHERE scope NOT LIKE 'reference:%'",
    "a claim names a transaction that exists": "UPDATE claim SET transaction_id = gen_random_uuid() WHERE scope LIKE 'reference:%'",
}

# To the planner, as after an analyze before the first purchase; `pg_statistic` of our own tables alone.
TABLES_LOOK_EMPTY = """
DELETE FROM pg_statistic WHERE starelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace);
UPDATE pg_class SET reltuples = 0, relpages = 1 WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace;
"""


class Watched:
    """A connection that also keeps how each of its queries was planned."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection, self.plans = connection, list[str]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)

    async def fetch(self, query: str, *arguments: Any, **named: Any) -> Any:
        self.plans.append("\n".join(line[0] for line in await self.connection.fetch(f"EXPLAIN {query}", *arguments)))
        return await self.connection.fetch(query, *arguments, **named)


@pytest_asyncio.fixture
async def superuser(database: Database, test_server: Any, worker_database: str) -> AsyncIterator[asyncpg.Connection]:
    """Somebody with the keys of the house, whom no trigger stops."""
    connection = await asyncpg.connect(test_server.url(worker_database))
    await connection.execute("SET session_replication_role = replica")
    yield connection
    await connection.close()


@pytest_asyncio.fixture
async def some_books(till: Till, open_books: Callable[[], Awaitable[UUID]]) -> UUID:
    member = await open_books()
    await till.submit(Accrue(member, 100, key(), reference("one")))
    await till.submit(Accrue(member, 30, key(), available_at=datetime.now(UTC) + timedelta(days=9)))
    await till.submit(Burn(member, 20, key()))
    return member


@pytest.mark.parametrize("rule", SABOTAGE)
async def test_a_broken_book_is_found_by_its_rule(rule: str, some_books: UUID, superuser: asyncpg.Connection):
    assert await broken_rows(superuser, PROGRAM) == []

    await superuser.execute(SABOTAGE[rule])

    assert rule in {row.rule for row in await broken_rows(superuser, PROGRAM)}


async def test_points_posted_to_a_money_account_fail(some_books: UUID, superuser: asyncpg.Connection, database: Database):
    await superuser.execute("UPDATE account SET unit = 'cashback' WHERE kind = 'member'")

    with pytest.raises(asyncpg.CheckViolationError, match="another unit"):
        await database.pool.execute(
            "INSERT INTO transfer SELECT program_id, member_id, transaction_id, 99, 'points', debit, credit, 1, 1 FROM transfer LIMIT 1"
        )


async def test_a_pass_that_was_not_marked_is_found(some_books: UUID, superuser: asyncpg.Connection):
    await superuser.execute(
        "INSERT INTO pass (program_id, member_id, pass_id, style, serial, barcode, changed, changed_at, modified_at, issued_at)"
        " VALUES ($1, $2, gen_random_uuid(), 'membership', 's', 'b', 1, now(), now(), now())",
        PROGRAM,
        some_books,
    )

    assert [row.rule for row in await broken_rows(superuser, PROGRAM)] == ["a pass is marked for the newest version"]


async def test_the_books_stay_sound_under_mixed_load(till: Till, open_books: Callable[[], Awaitable[UUID]], database: Database):
    members = [await open_books() for _ in range(8)]

    await asyncio.gather(
        *(till.submit((Accrue if number % 3 else Burn)(members[number % 8], 1 + number % 7, key())) for number in range(400))
    )

    assert await broken_rows(database.pool, PROGRAM) == []


async def test_the_proof_hashes_what_tables_hold_that_still_look_empty(some_books: UUID, superuser: asyncpg.Connection):
    """Loops over them took 22 seconds at 3,000 transactions, and four times as long at twice as many."""
    watched = Watched(superuser)

    async with superuser.transaction():
        await superuser.execute(TABLES_LOOK_EMPTY)
        loops = (await superuser.fetchval(f"EXPLAIN (FORMAT JSON) {PROOF}")).count('"Nested Loop"')
        assert await broken_rows(watched, PROGRAM) == []
        after = await superuser.fetchval("SHOW enable_nestloop")
        await superuser.execute("UPDATE account SET posted = posted + 1 WHERE kind = 'member'")
        assert len(await broken_rows(superuser, PROGRAM)) >= 1

    (plan,) = watched.plans
    assert loops > 10
    assert plan.count("Nested Loop") < loops / 2  # what is left has an OR or LATERAL, which cannot be hashed
    assert after == "on"
