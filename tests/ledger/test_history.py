"""The books at past instants: what a reader was told then is told again, whatever happened since."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from importlib import resources
from random import Random
from typing import Any
from uuid import UUID, uuid5

import pytest
import pytest_asyncio
from uuid_utils.compat import uuid7

from builders.clock import Clock
from builders.intents import ENROLLED, LOTS, PARTNER, PROGRAM, recorded
from honeyguide.database import Database
from honeyguide.ledger.books import broken_rows
from honeyguide.ledger.history import AccountAt, Liability, account_at, liability_at, tier_at
from honeyguide.ledger.holds import Hold, HoldState
from honeyguide.ledger.lots import COLUMNS
from honeyguide.ledger.member_books import MemberBooks, TierSpan
from honeyguide.ledger.own_events import post_activations, post_expiries, post_lapses, post_reinstatement, post_tier_review
from honeyguide.ledger.posting import Posting
from honeyguide.ledger.postings import (
    NOTHING_ASIDE,
    Aside,
    Capture,
    NewLot,
    post_authorization,
    post_capture,
    post_purchase,
    post_redemption,
    post_void,
)
from honeyguide.ledger.recorded import TransactionKind
from honeyguide.ledger.reversals import ClawbackPolicy, Taking, post_reversal
from honeyguide.till.intent import Reads
from honeyguide.till.outcomes import Decision, Outcome
from honeyguide.till.till import Till

DAY = timedelta(days=1)
LIVE = """
SELECT greatest(coalesce(sum(l.available), 0), 0) - (SELECT debt FROM account WHERE member_id = $2 AND unit = 'points') AS available,
       coalesce(sum(l.held), 0) AS held, coalesce(sum(l.pending), 0) AS pending,
       jsonb_agg(jsonb_build_array(l.lot_id, l.expires_at, l.available, l.pending, l.held) ORDER BY l.lot_id)
         FILTER (WHERE l.available > 0 OR l.pending > 0 OR l.held > 0) AS lots
FROM lots_at($1, $2, $3) AS l
"""
Act = Callable[[MemberBooks, datetime, "Event"], Posting | None]


@dataclass(frozen=True)
class Event:
    """Whatever a test lets happen, after what happened by itself."""

    member_id: UUID
    act: Act | None = None
    transaction_id: UUID = field(default_factory=uuid7)
    key: None = None
    reference: None = None
    program_id: UUID = PROGRAM
    reads: Reads = LOTS

    def decide(self, books: MemberBooks, now: datetime) -> Decision:
        posted: list[Posting] = []
        for post in (post_lapses, post_activations, post_expiries):
            postings, books = post(books, 1, now)
            posted += postings
        posting = self.act(books, now, self) if self.act else None
        return Decision((*posted, posting) if posting else tuple(posted))


def accrue(amount: int, *, expires_in: int | None = 30, waits: int = 0, rolls: bool = False, lasts: int | None = None) -> Act:
    def act(books: MemberBooks, now: datetime, event: Event) -> Posting:
        expires_at = now + expires_in * DAY if expires_in else None
        lot = NewLot(uuid5(event.transaction_id, "0"), "points", amount, PARTNER, now, now + waits * DAY, expires_at, rolls=rolls)
        aside = Aside(lasts_until={"points": now + lasts * DAY}) if lasts else NOTHING_ASIDE
        detail = {"accruals": [{"lot": str(lot.lot_id), "expires_at": expires_at and expires_at.isoformat()}]}
        return post_purchase(books, recorded(event, TransactionKind.PURCHASE, now), [lot], [], aside, lambda _: detail, now)

    return act


def burn(amount: int) -> Act:
    def act(books: MemberBooks, now: datetime, event: Event) -> Posting | None:
        taken = min(amount, books.available("points", now))
        if taken <= 0:
            return None
        return post_redemption(
            books, recorded(event, TransactionKind.REDEMPTION, now), "points", taken, PARTNER, NOTHING_ASIDE, lambda _: {}, now
        )

    return act


def hold(amount: int, days: int = 1) -> Act:
    def act(books: MemberBooks, now: datetime, event: Event) -> Posting | None:
        pinned = min(amount, books.available("points", now))
        if pinned <= 0:
            return None
        placed = Hold(event.transaction_id, "points", pinned, PARTNER, None, "NUMBER", now, now + days * DAY)
        return post_authorization(books, recorded(event, TransactionKind.AUTHORIZATION, now), placed, NOTHING_ASIDE, lambda _: {}, now)

    return act


def capture(part: int) -> Act:
    def act(books: MemberBooks, now: datetime, event: Event) -> Posting | None:
        placed = next((one for one in books.holds.values() if one.state is HoldState.OPEN), None)
        if placed is None:
            return None
        taken = Capture(placed.hold_id, max(placed.amount // part, 1))
        return post_capture(books, recorded(event, TransactionKind.REDEMPTION, now), taken, NOTHING_ASIDE, lambda _: {}, now)

    return act


def void(books: MemberBooks, now: datetime, event: Event) -> Posting | None:
    placed = next((one for one in books.holds.values() if one.state is HoldState.OPEN), None)
    return placed and post_void(books, recorded(event, TransactionKind.VOID, now), placed.hold_id, NOTHING_ASIDE, lambda _: {}, now)


def claw(books: MemberBooks, now: datetime, event: Event) -> Posting | None:
    """What the latest lot gave is taken back, whatever became of it."""
    lot = max(books.lots.values(), key=lambda one: one.earned_at, default=None)
    if lot is None or lot.clawed or lot.held:
        return None
    taking = Taking("points", lot.issued, lot.lot_id, PARTNER, ClawbackPolicy.UNLIMITED)
    named = replace(recorded(event, TransactionKind.REVERSAL, now), of_transaction=lot.transaction_id)
    return post_reversal(books, named, [taking], [], NOTHING_ASIDE, lambda *_: {}, now)


def reinstate(books: MemberBooks, now: datetime, event: Event) -> Posting | None:
    lots: dict[UUID, datetime | None] = {lot.lot_id: now + 15 * DAY for lot in books.lots.values() if lot.expired and not lot.open}
    return post_reinstatement(books, "points", lots, event.transaction_id, 1, now) if lots else None


@dataclass
class Story:
    """One member's life, and what readers were told of it at the time."""

    database: Database
    till: Till
    clock: Clock
    member_id: UUID
    told: list[tuple[datetime, AccountAt, Any]] = field(default_factory=list)

    async def happens(self, act: Act | None = None, reads: Reads = LOTS) -> Outcome:
        outcome = await self.till.submit(Event(self.member_id, act, reads=reads))  # type: ignore[arg-type]
        await self.look()
        return outcome

    async def later(self, **by: float) -> None:
        """Time goes by and nobody posts anything."""
        self.clock.move(**by)
        await self.look()

    async def look(self) -> None:
        row = await self.database.pool.fetchrow(LIVE, PROGRAM, self.member_id, self.clock())
        available = int(row["available"] or 0)
        self.told.append((self.clock(), AccountAt(available, int(row["held"]), int(row["pending"]), max(-available, 0)), row["lots"]))
        self.clock.move(milliseconds=1)

    async def is_told_again(self) -> None:
        for instant, account, lots in self.told:
            found = await account_at(self.database.pool, PROGRAM, self.member_id, "points", instant)
            assert (found.available, found.held, found.pending, found.debt) == (
                account.available,
                account.held,
                account.pending,
                account.debt,
            ), instant
            assert {(str(lot.lot_id), lot.expires_at, lot.available, lot.pending, lot.held) for lot in found.lots} == {
                (lot, date and datetime.fromisoformat(date), *amounts) for lot, date, *amounts in lots or ()
            }, instant
        assert await broken_rows_of(self.database) == []


async def broken_rows_of(database: Database) -> list[Any]:
    """Without the rule on keys: these events have none."""
    return [row for row in await broken_rows(database.pool) if "key claim" not in row.rule]


@pytest_asyncio.fixture
async def story(database: Database, database_url: str, open_books: Callable[[], Awaitable[UUID]]) -> AsyncIterator[Story]:
    clock = Clock()
    till = Till(database_url, clock, lanes=1)
    yield Story(database, till, clock, await open_books())
    await till.stop()


def test_every_way_to_move_points_is_known_to_the_past() -> None:
    text = resources.files("honeyguide.migrations").joinpath("sql", "as_of.sql").read_text(encoding="utf-8")
    kept = {"pending", "open", "held"}

    assert [move.value for move, columns in COLUMNS.items() if kept.intersection(columns) and f"'{move.value}'" not in text] == []


async def test_before_enrolment_and_of_units_never_touched_there_is_nothing(story: Story) -> None:
    await story.happens(accrue(100))
    pool, member_id = story.database.pool, story.member_id

    assert await account_at(pool, PROGRAM, member_id, "points", ENROLLED - DAY) == AccountAt()
    assert await account_at(pool, PROGRAM, member_id, "points", ENROLLED) == AccountAt()
    assert await account_at(pool, PROGRAM, member_id, "stars", story.clock()) == AccountAt()
    assert await liability_at(pool, PROGRAM, ENROLLED) == {}


async def test_what_a_sweep_posted_late_was_true_from_its_day_on(story: Story) -> None:
    await story.happens(accrue(100, expires_in=30))
    await story.happens(accrue(50, waits=10))
    await story.later(days=11)
    await story.later(days=20)
    await story.happens()

    await story.is_told_again()
    told = [account for _, account, _ in story.told]
    assert [(one.available, one.pending) for one in told] == [(100, 0), (100, 50), (150, 0), (0, 0), (0, 0)]


async def test_r14_an_overdue_hold_pinned_nothing_although_it_lapsed_later(story: Story) -> None:
    await story.happens(accrue(100))
    await story.happens(hold(40))
    await story.later(hours=25)
    await story.happens()

    await story.is_told_again()
    assert [(one.available, one.held) for _, one, _ in story.told] == [(100, 0), (60, 40), (100, 0), (100, 0)]


async def test_r29_dates_that_moved_later_are_told_as_they_were(story: Story) -> None:
    await story.happens(accrue(100, expires_in=20, rolls=True))
    await story.happens(accrue(10, expires_in=20, rolls=True, lasts=40))
    await story.happens(burn(30))
    await story.later(days=10)
    await story.happens(accrue(5, expires_in=20, rolls=True, lasts=60), Reads())  # its lots are not read
    await story.happens(burn(30))
    await story.later(days=61)
    await story.happens()
    await story.happens(reinstate, Reads(lots=True, expired_since=ENROLLED))
    await story.later(days=16)
    await story.happens()

    await story.is_told_again()
    first = min(lot for _, _, lots in story.told[:1] for lot, *_ in lots)
    dates = [next((row[1] for row in lots or () if row[0] == first), None) for _, _, lots in story.told]
    assert len({date for date in dates if date}) == 4  # its own, the balance's twice, the reinstated


async def test_r22_debt_was_owed_from_its_reversal_to_its_repayment(story: Story) -> None:
    await story.happens(accrue(100))
    await story.happens(burn(80))
    await story.happens(claw, Reads(lots=True, expired_since=ENROLLED))
    await story.happens(accrue(50, waits=5))
    await story.later(days=6)  # matured, and nobody has posted it
    await story.happens(accrue(200))

    await story.is_told_again()
    assert [(one.available, one.pending, one.debt) for _, one, _ in story.told] == [
        (100, 0, 0), (20, 0, 0), (-80, 0, 80), (-80, 50, 80), (-30, 0, 30), (170, 0, 0)
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happened_every_instant_is_told_as_it_was_told_then(story: Story, seed: int) -> None:
    chance = Random(seed)
    acts: list[Act | None] = [
        accrue(chance.randint(1, 99)), accrue(60, waits=3), accrue(40, expires_in=9, rolls=True, lasts=12), accrue(7, expires_in=None),
        burn(35), burn(5), hold(25), hold(50, 4), capture(1), capture(3), void, claw, reinstate, None,
    ]  # fmt: skip

    for _ in range(60):
        await story.happens(chance.choice(acts), Reads(lots=True, expired_since=ENROLLED))
        await story.later(hours=chance.choice((0, 1, 11, 30, 100)))

    await story.is_told_again()


async def test_the_liability_is_the_sum_of_what_members_had(story: Story, open_books: Callable[[], Awaitable[UUID]]) -> None:
    other = Story(story.database, story.till, story.clock, await open_books())
    await story.happens(accrue(100))
    await other.happens(accrue(70))
    then = story.clock()
    story.clock.move(seconds=1)
    await other.happens(burn(20))
    await story.happens(hold(30))
    await story.happens(accrue(10, waits=5))
    now = story.clock()

    assert await liability_at(story.database.pool, PROGRAM, then) == {"points": Liability(170, 0, 0)}
    assert await liability_at(story.database.pool, PROGRAM, now) == {"points": Liability(150, 10, 0)}
    assert await liability_at(story.database.pool, PROGRAM, now + 31 * DAY) == {"points": Liability(0, 0, 0)}


async def test_r9_the_tier_of_a_past_instant_is_the_one_posted_by_then(story: Story) -> None:
    pool, enrolled = story.database.pool, story.clock()

    def promoted(books: MemberBooks, now: datetime, event: Event) -> Posting:
        aside = Aside(tier=TierSpan("gold", now - DAY, now + 10 * DAY))  # a purchase of yesterday, posted today
        return post_purchase(books, recorded(event, TransactionKind.PURCHASE, now), [], [], aside, lambda _: {}, now)

    await story.happens(promoted)
    since = story.clock()
    story.clock.move(days=12)
    await story.happens(lambda books, now, _: post_tier_review(books, TierSpan(None, since + 10 * DAY, None), 1, now))

    assert await tier_at(pool, PROGRAM, story.member_id, ENROLLED - DAY) is None
    assert await tier_at(pool, PROGRAM, story.member_id, enrolled - timedelta(hours=1)) is None  # this program began without tiers
    assert (await tier_at(pool, PROGRAM, story.member_id, since) or TierSpan(None, None, None)).tier == "gold"
    # Its day had come two days before anybody posted the review.
    assert await tier_at(pool, PROGRAM, story.member_id, since + 11 * DAY) == TierSpan(None, since + 10 * DAY, None)
