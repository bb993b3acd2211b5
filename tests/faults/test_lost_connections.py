"""The connection to PostgreSQL is cut at every step of the protocol: each caller still hears the truth, and everything is there once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest

from builders.cutting_proxy import Cut, CuttingProxy
from builders.intents import PROGRAM, Accrue, key, reference
from builders.mutants import ANSWER_BEFORE_COMMIT, mutated_python
from honeyguide.database import Database
from honeyguide.ledger.books import broken_rows
from honeyguide.till.outcomes import Posted
from honeyguide.till.till import Till

Open = Callable[[], Awaitable[UUID]]


async def post_through(database_url: str, members: list[UUID], cut: Cut) -> tuple[list[object], int]:
    """Each member gets one point through a till that sees the database by a proxy; the answers, and how often it was cut."""
    async with CuttingProxy(database_url, cut) as proxy:
        till = Till(proxy.url, lambda: datetime.now(UTC), lanes=1)
        jobs = [till.submit(Accrue(member, 1, key(), reference(f"r-{number}"))) for number, member in enumerate(members)]
        answers = await asyncio.wait_for(asyncio.gather(*jobs), 30)
        await till.stop()
        return answers, proxy.cuts


async def soundly_once(database: Database, members: list[UUID], answers: list[object]) -> None:
    assert all(isinstance(answer, Posted) and not answer.replayed for answer in answers)
    posted = await database.pool.fetch("SELECT member_id, posted FROM account WHERE kind = 'member'")
    assert {row["member_id"]: row["posted"] for row in posted} == dict.fromkeys(members, 1)
    assert await broken_rows(database.pool, PROGRAM) == []


@pytest.mark.parametrize("after", [False, True], ids=["before the server has it", "before its answer is back"])
@pytest.mark.parametrize("step", range(1, 13))
async def test_a_cut_at_any_message_loses_and_doubles_nothing(
    step: int, after: bool, database_url: str, database: Database, open_books: Open
):
    members = [await open_books() for _ in range(5)]

    answers, cuts = await post_through(database_url, members, lambda sent, _, forwarded: sent == step and forwarded is after)

    assert cuts == 1
    await soundly_once(database, members, answers)


async def test_an_answer_lost_between_commit_and_us_is_found_again_by_its_claims(database_url: str, database: Database, open_books: Open):
    members = [await open_books() for _ in range(5)]
    commits = 0

    def first_commit(_: int, data: bytes, forwarded: bool) -> bool:
        nonlocal commits
        commits += forwarded and b"COMMIT" in data
        return forwarded and b"COMMIT" in data and commits == 1

    answers, cuts = await post_through(database_url, members, first_commit)

    assert (cuts, commits >= 2) == (1, True)
    await soundly_once(database, members, answers)


async def test_who_is_answered_before_the_commit_is_told_what_never_happened(database_url: str, database: Database, open_books: Open):
    members = [await open_books() for _ in range(5)]

    with mutated_python(ANSWER_BEFORE_COMMIT):
        answers, _ = await post_through(database_url, members, lambda _, data, forwarded: b"COMMIT" in data and not forwarded)

    with pytest.raises(AssertionError):
        await soundly_once(database, members, answers)
    assert all(isinstance(answer, Posted) for answer in answers)
