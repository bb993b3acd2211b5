"""The till on a real PostgreSQL: every caller gets its own answer, and the books stay sound."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from builders.intents import PROGRAM, Accrue, Burn, key, reference
from honeyguide.database import Database
from honeyguide.ledger.books import broken_rows
from honeyguide.till import lane
from honeyguide.till.outcomes import KeyConflict, Posted, ReferenceTaken, Refused, RetryLater
from honeyguide.till.till import Till

Open = Callable[[], Awaitable[UUID]]


async def test_a_purchase_gives_points_and_a_redemption_takes_them(till: Till, database: Database, open_books: Open):
    member = await open_books()

    earned = await till.submit(Accrue(member, 120, key()))
    burned = await till.submit(Burn(member, 20, key()))

    assert isinstance(earned, Posted) and isinstance(burned, Posted)
    assert (earned.recorded.version, burned.recorded.version) == (2, 3)
    assert await database.pool.fetchval("SELECT posted FROM account WHERE member_id = $1", member) == 100
    assert await broken_rows(database.pool, PROGRAM) == []


async def test_fifty_spends_of_80_against_100_have_exactly_one_winner(till: Till, database: Database, open_books: Open):
    member = await open_books()
    await till.submit(Accrue(member, 100, key()))

    answers = await asyncio.gather(*(till.submit(Burn(member, 80, key())) for _ in range(50)))

    assert sum(isinstance(answer, Posted) for answer in answers) == 1
    assert sum(isinstance(answer, Refused) and answer.code == "INSUFFICIENT_BALANCE" for answer in answers) == 49
    assert await broken_rows(database.pool, PROGRAM) == []


async def test_the_same_key_fifty_times_at_once_posts_once(till: Till, database: Database, open_books: Open):
    member = await open_books()
    once = key("the-same-key")

    answers = await asyncio.gather(*(till.submit(Accrue(member, 5, once)) for _ in range(50)))

    posted = [answer for answer in answers if isinstance(answer, Posted)]
    assert len(posted) == 50 and sum(not answer.replayed for answer in posted) == 1
    assert len({answer.recorded.transaction_id for answer in posted}) == 1
    assert await database.pool.fetchval("SELECT posted FROM account WHERE member_id = $1", member) == 5
    assert await broken_rows(database.pool, PROGRAM) == []


async def test_a_key_used_for_another_body_is_a_conflict(till: Till, open_books: Open):
    member = await open_books()
    await till.submit(Accrue(member, 5, key("k-12345678", b"one")))

    later = await till.submit(Accrue(member, 6, key("k-12345678", b"two")))
    together = await asyncio.gather(
        till.submit(Accrue(member, 5, key("k-87654321", b"one"))), till.submit(Accrue(member, 6, key("k-87654321", b"two")))
    )

    assert later == KeyConflict()
    assert isinstance(together[0], Posted) and together[1] == KeyConflict()


async def test_a_reference_under_two_keys_posts_once_and_the_refusal_carries_the_original(till: Till, database: Database, open_books: Open):
    member = await open_books()
    first = await till.submit(Accrue(member, 5, key(), reference("r1")))

    second_key = key()
    later = await till.submit(Accrue(member, 5, second_key, reference("r1")))
    again = await till.submit(Accrue(member, 5, second_key, reference("r1")))
    together = await asyncio.gather(*(till.submit(Accrue(member, 7, key(), reference("r2"))) for _ in range(5)))

    assert isinstance(first, Posted)
    for answer in (later, again):
        assert isinstance(answer, ReferenceTaken) and answer.recorded is not None
        assert answer.recorded.transaction_id == first.recorded.transaction_id
    assert [type(answer) for answer in together] == [Posted, *[ReferenceTaken] * 4]
    assert await broken_rows(database.pool, PROGRAM) == []


async def test_a_refused_item_gives_its_reference_back_and_remembers_its_key(till: Till, database: Database, open_books: Open):
    member = await open_books()
    poor = key()

    refused, posted = await asyncio.gather(
        till.submit(Burn(member, 50, poor, reference("r3"))), till.submit(Accrue(member, 60, key(), reference("r3")))
    )
    again = await till.submit(Burn(member, 50, poor, reference("r3")))
    other = await till.submit(Burn(member, 50, key(), reference("r4")))

    assert isinstance(refused, Refused) and not refused.replayed
    assert isinstance(posted, Posted)
    assert isinstance(again, Refused) and again.replayed and again.code == "INSUFFICIENT_BALANCE"
    assert isinstance(other, Posted)
    assert await broken_rows(database.pool, PROGRAM) == []


async def test_an_unknown_member_is_refused_and_leaves_no_claim(till: Till, database: Database):
    nobody = UUID("01900000-0000-7000-8000-0000000000ff")

    answer = await till.submit(Accrue(nobody, 5, key("nobody-12345"), reference("r5")))

    assert isinstance(answer, Refused) and answer.code == "MEMBER_NOT_FOUND"
    assert await database.pool.fetchval("SELECT count(*) FROM claim") == 0


async def test_a_poison_item_fails_alone(till: Till, database: Database, open_books: Open):
    members = [await open_books() for _ in range(20)]

    # No text of PostgreSQL holds a NUL: the batch is halved down to it.
    answers = await asyncio.gather(
        *(till.submit(Accrue(member, 1, key())) for member in members if member != members[7]),
        till.submit(Accrue(members[7], 1, key(), unit="poi\0son")),
        return_exceptions=True,
    )

    assert all(isinstance(answer, Posted) for answer in answers[:-1])
    assert isinstance(answers[-1], Exception)
    assert await broken_rows(database.pool, PROGRAM) == []


async def test_what_outgrows_the_books_is_refused_and_refused_again(till: Till, database: Database, open_books: Open):
    rich, other = await open_books(), await open_books()
    too_much = Accrue(rich, 2**62, key())
    await till.submit(Accrue(rich, 2**62, key()))

    refused, posted = await asyncio.gather(till.submit(too_much), till.submit(Accrue(other, 1, key())))
    again = await till.submit(too_much)

    assert refused == Refused("LIMIT_EXCEEDED", {}, replayed=False) and again == Refused("LIMIT_EXCEEDED", {}, replayed=True)
    assert isinstance(posted, Posted)
    assert await broken_rows(database.pool, PROGRAM) == []


async def test_a_caller_who_leaves_the_queue_writes_nothing_and_may_come_back(till: Till, database: Database, open_books: Open):
    member = await open_books()
    purchase = Accrue(member, 5, key())

    leaving = asyncio.create_task(till.submit(purchase))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.wait([leaving])
    back = await till.submit(purchase)

    assert leaving.cancelled()
    assert isinstance(back, Posted) and not back.replayed
    assert await database.pool.fetchval("SELECT posted FROM account WHERE member_id = $1", member) == 5


async def test_a_rule_that_raises_fails_its_own_caller_only(till: Till, database: Database, open_books: Open):
    one, other = await open_books(), await open_books()

    class Broken(Accrue):
        def decide(self, books, now):
            raise ZeroDivisionError("a bug")

    answers = await asyncio.gather(till.submit(Broken(one, 5, key())), till.submit(Accrue(other, 5, key())), return_exceptions=True)

    assert isinstance(answers[0], ZeroDivisionError) and isinstance(answers[1], Posted)
    assert await broken_rows(database.pool, PROGRAM) == []


async def test_a_full_queue_answers_retry_later(database_url: str, database: Database, open_books: Open):
    member = await open_books()
    till = Till(database_url, lambda: datetime.now(UTC), lanes=1, queue_bound=10)

    answers = await asyncio.gather(*(till.submit(Accrue(member, 1, key())) for _ in range(30)))
    await till.stop()

    assert [type(answer) for answer in answers].count(RetryLater) == 20
    assert await database.pool.fetchval("SELECT posted FROM account WHERE member_id = $1", member) == 10


async def test_two_processes_with_crossed_keys_references_and_members_never_deadlock(
    database_url: str, database: Database, open_books: Open
):
    members = [await open_books() for _ in range(12)]
    tills = [Till(database_url, lambda: datetime.now(UTC), lanes=2, batch_size=16) for _ in range(2)]
    before = await database.pool.fetchval("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")

    jobs = []
    for number in range(400):
        for till, order in zip(tills, (1, -1), strict=True):
            member = members[(order * number) % len(members)]
            crossed = Accrue(member, 1, key(f"crossed-{order * number % 400:04}"), reference(f"crossed-{-order * number % 400:04}"))
            jobs.append(till.submit(crossed))
    answers = await asyncio.gather(*jobs, return_exceptions=True)
    for till in tills:
        await till.stop()

    assert not [answer for answer in answers if isinstance(answer, Exception | RetryLater)]
    assert await database.pool.fetchval("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == before
    assert await broken_rows(database.pool, PROGRAM) == []


async def test_points_that_matured_are_spendable_before_any_sweep(database_url: str, database: Database, open_books: Open):
    member, now = await open_books(), [datetime.now(UTC)]
    till, soon = Till(database_url, lambda: now[0]), now[0] + timedelta(seconds=1)
    await till.submit(Accrue(member, 40, key(), available_at=soon))

    too_early = await till.submit(Burn(member, 40, key()))
    now[0] = soon
    in_time = await till.submit(Burn(member, 40, key()))
    await till.stop()

    assert isinstance(too_early, Refused)
    assert isinstance(in_time, Posted) and in_time.recorded.version == 4  # the activation is version 3
    assert await broken_rows(database.pool, PROGRAM) == []


async def test_expired_points_are_never_sold(till: Till, database: Database, open_books: Open):
    member = await open_books()
    now = datetime.now(UTC)
    await till.submit(Accrue(member, 40, key(), expires_at=now + timedelta(milliseconds=100)))
    await till.submit(Accrue(member, 30, key(), expires_at=now - timedelta(days=1)))
    await till.submit(Accrue(member, 20, key()))
    await asyncio.sleep(0.15)

    refused = await till.submit(Burn(member, 21, key()))
    burned = await till.submit(Burn(member, 20, key()))

    assert isinstance(refused, Refused) and refused.data["available"] == 20
    assert isinstance(burned, Posted)
    assert await broken_rows(database.pool, PROGRAM) == []


async def test_a_till_without_a_database_answers_retry_later_within_its_deadline(monkeypatch):
    monkeypatch.setattr(lane, "DEADLINE_SECONDS", 1.0)
    till = Till("postgresql://nobody@127.0.0.1:9/none", lambda: datetime.now(UTC), lanes=1)

    answer = await asyncio.wait_for(till.submit(Accrue(UUID(int=7), 1, key())), 15)

    assert isinstance(answer, RetryLater)
    await till.stop()
