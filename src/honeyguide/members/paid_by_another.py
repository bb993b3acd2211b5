"""A reversal of what a member did is paid by another: by who took him over, or by the pool of his household.

What the member earned went there, so the points that are to be taken come back from there first, into their very lots; what no lot covers the
other owes; what a reversed redemption gives back is handed on. All of it in one database transaction (R19-R25, R40).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID, uuid5

from honeyguide.database import Connection, Database, Executor
from honeyguide.ledger.handovers import HandedLot, Handover, all_of, handed, lot_in, other_side, post_handing_in, post_handing_out
from honeyguide.ledger.lots import Move
from honeyguide.ledger.member_books import MemberBooks
from honeyguide.ledger.posting import Posting
from honeyguide.ledger.postings import NOTHING_ASIDE, Aside, Count
from honeyguide.ledger.recorded import Recorded, TransactionKind
from honeyguide.members.catching_up import catch_up
from honeyguide.members.handed import EVER, handed_lots
from honeyguide.members.handing_over import handing_in_detail, handing_out_detail
from honeyguide.members.merges import Payers, payers
from honeyguide.members.recorded_now import recorded_now
from honeyguide.members.standing import tier_after_return
from honeyguide.programs.current import Applied
from honeyguide.till.intent import Key, Reads, Reference
from honeyguide.till.outcomes import Decision, Outcome, Refusal, RetryLater
from honeyguide.till.together import submit_together

_A_MOMENT = timedelta(microseconds=1)


class _PaidByAnother(Exception):
    """Who pays was looked up before the locks, and is another by now."""


class Reversal(Protocol):
    """The intent of a reversal on the books of the member whose transaction it takes back."""

    @property
    def program_id(self) -> UUID: ...
    @property
    def member_id(self) -> UUID: ...
    @property
    def transaction_id(self) -> UUID: ...
    @property
    def key(self) -> Key | None: ...
    @property
    def reference(self) -> Reference | None: ...
    @property
    def reads(self) -> Reads: ...
    @property
    def original(self) -> Recorded: ...
    def decide(self, books: MemberBooks, now: datetime) -> Decision | Refusal: ...


async def survivor(executor: Executor, program_id: UUID, member_id: UUID) -> UUID:
    """Who pays for a member now: himself, who took him over, or the pool of his household."""
    return (await payers(executor, program_id, member_id)).path[-1]


async def reverse_for_survivor(database: Database, applied: Applied, intent: Reversal, now: datetime) -> Outcome:
    """Reverse at the member, paid by the survivor; the answer is the reversal's. RetryLater where another pays by now."""
    found = await payers(database.pool, intent.program_id, intent.member_id)
    if found.path == (intent.member_id,):
        return RetryLater(after_seconds=1)
    try:
        return await submit_together(database, PaidReversal(applied, intent, found), now)
    except _PaidByAnother:
        return RetryLater(after_seconds=1)


@dataclass(frozen=True, slots=True)
class PaidReversal:
    """`payers` lead from the member to who pays; handovers along them are followed back."""

    applied: Applied
    intent: Reversal
    payers: Payers

    @property
    def program_id(self) -> UUID:
        return self.intent.program_id

    @property
    def member_id(self) -> UUID:
        return self.intent.member_id

    @property
    def transaction_id(self) -> UUID:
        return self.intent.transaction_id

    @property
    def key(self) -> Key | None:
        return self.intent.key

    @property
    def reference(self) -> Reference | None:
        return self.intent.reference

    @property
    def reads(self) -> Mapping[UUID, Reads]:
        asked = self.intent.reads
        counted = {person: Reads(counters=asked.counters, ranges=asked.ranges) for person in self.payers.persons}
        theirs = Reads(counters=asked.counters, ranges=asked.ranges, lots=True, expired_since=EVER)
        return {**counted, self.payers.path[-1]: theirs, self.member_id: self.intent.reads}

    async def decide(self, connection: Connection, books: Mapping[UUID, MemberBooks], now: datetime) -> Decision | Refusal:
        if await payers(connection, self.program_id, self.member_id) != self.payers:  # merged, joined or left since: now all are locked
            raise _PaidByAnother
        mine, theirs = books[self.member_id], books[self.payers.path[-1]]
        homes = await self._homes(connection, mine, theirs)
        return settle(self.applied, self.intent, mine, theirs, homes, now, [books[person] for person in self.payers.persons[1:]])

    async def _homes(self, connection: Connection, mine: MemberBooks, theirs: MemberBooks) -> dict[UUID, UUID]:
        """The member's lots by what they became at who pays, however many hands they went through."""
        origins = {lot_id: lot_id for lot_id in mine.lots}
        for member_id in self.payers.path[:-1]:
            left = await handed_lots(connection, self.program_id, member_id)
            origins = {became: origins[one.lot_id] for became, one in left.items() if one.lot_id in origins}
        return {became: home for became, home in origins.items() if became in theirs.lots}


def settle(
    applied: Applied,
    intent: Reversal,
    mine: MemberBooks,
    theirs: MemberBooks,
    homes: Mapping[UUID, UUID],
    now: datetime,
    persons: Sequence[MemberBooks],
) -> Decision | Refusal:
    """The reversal decided as if the member had all that the payer has; what it took of that is then really handed to him; pure.

    `persons` took the member over, and his counters with him; a pool has none.
    """
    of_theirs, theirs = catch_up(theirs, applied, now, rows_from=intent.reads.rows_from)
    of_mine, mine = catch_up(mine, applied, now, rows_from=None)
    offered = _offered(theirs, homes, now)
    supposed = intent.decide(_handed_in(applied, intent, mine, theirs, offered, homes, now).books, now)
    if isinstance(supposed, Refusal):
        return supposed
    needed = _needed(supposed.postings[-1], mine, offered, homes, _given_id(intent))
    owed = mine  # what he owed before is his own
    given: tuple[Posting, ...] = ()
    if needed.lots:
        given_out = _handed_out(applied, theirs, mine.member_id, _given_id(intent), needed, now)
        given_in = _handed_in(applied, intent, mine, theirs, needed, homes, now)
        given, theirs, mine = (given_out, given_in), given_out.books, given_in.books
    decided = intent.decide(mine, now)
    if isinstance(decided, Refusal):
        return decided
    reversal = decided.postings[-1]
    pays_too = any(one.member_id == theirs.member_id for one in persons)
    unwound = _unwound(applied, intent, mine, theirs, reversal, now) if pays_too else NOTHING_ASIDE
    rest = _handed_on(applied, intent, owed, theirs, reversal, now, unwound)
    others = (one for one in persons if one.member_id != theirs.member_id)
    counted = [posting for one in others for posting in _counted(applied, intent, mine, one, reversal, now)]
    return Decision((*of_theirs, *of_mine, *given, *rest, *counted, *decided.postings))


def _offered(theirs: MemberBooks, homes: Mapping[UUID, UUID], now: datetime) -> Handover:
    """What may pay: all that is open; and where it came from the member, what is pending, and what expired: it is lost already (R27)."""
    lots = all_of(theirs, [lot for lot in theirs.lots.values() if lot.lot_id in homes or lot.open]).lots
    lost = [lot for lot in theirs.lots.values() if lot.lot_id in homes and lot.expired]
    # It comes from breakage and is taken in the same moment, so long it has to last.
    return Handover((*lots, *(replace(handed(lot, lot.expired), expires_at=now + _A_MOMENT) for lot in lost)))


def _needed(reversal: Posting, mine: MemberBooks, offered: Handover, homes: Mapping[UUID, UUID], given_id: UUID) -> Handover:
    """How much of each offered lot the reversal took; what the member has himself goes first."""
    taken: dict[UUID, int] = {}
    for move in reversal.moves:
        if move.what in (Move.CLAW, Move.CLAW_PENDING):
            taken[move.lot_id] = taken.get(move.lot_id, 0) + move.amount
    for lot in mine.lots.values():
        if lot.lot_id in taken:
            taken[lot.lot_id] -= min(taken[lot.lot_id], lot.open + lot.pending)
    needed: list[HandedLot] = []
    for part in offered.lots:
        at_mine = homes.get(part.lot_id) or lot_in(other_side(given_id), part.lot_id)
        amount = min(taken.get(at_mine, 0), part.amount)
        if amount:
            taken[at_mine] -= amount
            needed.append(replace(part, amount=amount))
    return Handover(tuple(needed))


def _handed_on(
    applied: Applied,
    intent: Reversal,
    before: MemberBooks,
    theirs: MemberBooks,
    reversal: Posting,
    now: datetime,
    aside: Aside,
) -> tuple[Posting, ...]:
    """What came back to the member's lots, and what he would owe, goes to who pays; so does what unwinds at who took him over."""
    after = reversal.books
    restored = {move.lot_id for move in reversal.moves if move.what is Move.RESTORE}
    lots = all_of(after, [lot for lot in after.lots.values() if lot.lot_id in restored and lot.open]).lots
    owed = {unit: balance.debt - before.balance(unit).debt for unit, balance in after.balances.items()}
    rest = Handover(lots, {unit: debt for unit, debt in owed.items() if debt > 0})
    if not rest.lots and not rest.debts and aside == NOTHING_ASIDE:
        return ()
    first = uuid5(intent.transaction_id, "rest")
    recorded = recorded_now(theirs, applied, other_side(first), TransactionKind.TRANSFER, now)
    detail = handing_in_detail(rest, after.member_id, {})
    return (
        _handed_out(applied, after, theirs.member_id, first, rest, now),
        post_handing_in(theirs, recorded, rest, lambda _: detail, now, aside=aside),
    )


def _counts(before: MemberBooks, theirs: MemberBooks, reversal: Posting) -> tuple[Count, ...]:
    """The reversal's counters once more at who took the member over, for they were added there; never below zero."""
    moved = ((name, period, reversal.books.counter(name, period) - before.counter(name, period)) for name, period in reversal.counters)
    left = ((name, period, max(amount, -max(theirs.counter(name, period), 0))) for name, period, amount in moved)
    return tuple(Count(*one) for one in left if one[2])


def _unwound(applied: Applied, intent: Reversal, before: MemberBooks, person: MemberBooks, reversal: Posting, now: datetime) -> Aside:
    """What the return takes off the counters of one who took the member over, and what that makes of his tier (R25)."""
    counts = _counts(before, person, reversal)
    promotion = intent.original.detail.get("promotion")
    return Aside(counts, tier_after_return(applied.program, person, counts, now, intent.reads.rows_from, promotion) if counts else None)


def _counted(
    applied: Applied, intent: Reversal, before: MemberBooks, person: MemberBooks, reversal: Posting, now: datetime
) -> tuple[Posting, ...]:
    """Counters and tier of one who took the member over and does not pay: he was taken over himself, or his household pays."""
    aside = _unwound(applied, intent, before, person, reversal, now)
    if aside == NOTHING_ASIDE:
        return ()
    name = other_side(uuid5(intent.transaction_id, f"counted/{person.member_id}"))
    recorded = recorded_now(person, applied, name, TransactionKind.TRANSFER, now)
    detail = handing_in_detail(Handover(), before.member_id, {})
    return (post_handing_in(person, recorded, Handover(), lambda _: detail, now, aside=aside),)


def _given_id(intent: Reversal) -> UUID:
    return uuid5(intent.transaction_id, "given")


def _handed_out(applied: Applied, giver: MemberBooks, to: UUID, first: UUID, handover: Handover, now: datetime) -> Posting:
    recorded = recorded_now(giver, applied, first, TransactionKind.TRANSFER, now)
    return post_handing_out(giver, recorded, handover, lambda _: handing_out_detail(handover, to, first, {}), now)


def _handed_in(
    applied: Applied,
    intent: Reversal,
    mine: MemberBooks,
    theirs: MemberBooks,
    handover: Handover,
    homes: Mapping[UUID, UUID],
    now: datetime,
) -> Posting:
    recorded = recorded_now(mine, applied, other_side(_given_id(intent)), TransactionKind.TRANSFER, now)
    return post_handing_in(mine, recorded, handover, lambda _: handing_in_detail(handover, theirs.member_id, {}), now, homes)
