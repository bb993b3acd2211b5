"""Reversal: what a transaction gave is taken back and what it took is returned, from whatever is there (R19-R25).

Source order of a claw-back (R21): pending of that accrual, its lot, what expired of that lot (from breakage: the member lost it already, R27),
other lots in burn order, then the unit's policy. Points of a redemption return to the very lots they came from (R23).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from honeyguide.ledger.accounts import breakage_account, forfeited_account, issued_account, redeemed_account, written_off_account
from honeyguide.ledger.draft import Draft
from honeyguide.ledger.lots import Lot, LotMove, Move, burn
from honeyguide.ledger.member_books import MemberBooks
from honeyguide.ledger.posting import Posting
from honeyguide.ledger.postings import Aside
from honeyguide.ledger.recorded import Recorded


class ClawbackPolicy(StrEnum):
    """The end of the way: pending of that purchase, its lot, other lots, then this."""

    UNLIMITED = "unlimited"  # the member owes it; what is earned next repays it (R22)
    CLAMP = "clamp"  # it is written off, in a line of its own
    WITHIN_BALANCE = "within_balance"  # the reversal is refused
    ONLY_PENDING = "only_pending"  # only what is still pending is taken; the rest is written off


@dataclass(frozen=True, slots=True)
class Taking:
    """`amount` of one accrual, which made `lot_id`, goes back to its issuer."""

    unit: str
    amount: int
    lot_id: UUID
    issuer: UUID
    policy: ClawbackPolicy


@dataclass(frozen=True, slots=True)
class Returning:
    """`amount` goes back to the lot it burned from; `until`: the lot's new date where it expired meanwhile (None: it expires again)."""

    lot_id: UUID
    amount: int
    acceptor: UUID
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class UnmatchedTaking:
    """`amount` of a unit goes back to its issuer for something that came back without its purchase (R50), out of lots that he issued."""

    unit: str
    amount: int
    issuer: UUID


@dataclass(frozen=True, slots=True)
class Clawed:
    """Where the points of one taking came from; the parts make up its amount."""

    taking: Taking
    from_pending: int = 0
    from_lot: int = 0
    from_breakage: int = 0
    from_other_lots: int = 0
    debt: int = 0
    written_off: int = 0


class NotCoveredError(Exception):
    """Policy `within_balance`: the member has less than is to be taken."""

    def __init__(self, unit: str, asked: int, available: int) -> None:
        super().__init__(unit, asked, available)
        self.unit, self.asked, self.available = unit, asked, available


def post_reversal(
    books: MemberBooks,
    recorded: Recorded,
    takings: Iterable[Taking],
    returnings: Iterable[Returning],
    aside: Aside,
    detail: Callable[[MemberBooks, tuple[Clawed, ...]], Mapping[str, Any]],
    now: datetime,
) -> Posting:
    """One atomic unit (R24): what was redeemed comes back first, so that it may cover what is taken. Raises NotCoveredError.

    Books that are closed keep nothing: what would come back is forfeited, as all was when they were closed (R41).
    """
    draft = Draft(books, now)
    for returning in returnings:
        _give_back(draft, books.program_id, returning)
    clawed = tuple(claw(draft, books.program_id, taking) for taking in takings)
    if books.closed_at is not None:
        _forfeit(draft, books)
    aside.on(draft)
    return draft.posting(recorded, lambda after: detail(after, clawed))


def post_unmatched_return(
    books: MemberBooks,
    recorded: Recorded,
    takings: Iterable[UnmatchedTaking],
    aside: Aside,
    detail: Callable[[MemberBooks], Mapping[str, Any]],
    now: datetime,
) -> Posting:
    """A return that matches no recorded purchase: taken within the balance, in burn order, and never a debt (R50)."""
    draft = Draft(books, now)
    for taking in takings:
        draft.take(burn(taking.amount, issued_by(taking.issuer, draft.lots_of(taking.unit)), now, Move.CLAW))
        draft.transfer(taking.unit, taking.amount, issued_account(books.program_id, taking.issuer, taking.unit), to_member=False)
    aside.on(draft)
    return draft.posting(recorded, detail)


def issued_by(issuer: UUID, lots: Iterable[Lot]) -> list[Lot]:
    """What a partner may take back by itself: nobody is credited for what another issued (R39)."""
    return [lot for lot in lots if lot.issuer == issuer]


def claw(draft: Draft, program_id: UUID, taking: Taking) -> Clawed:
    """Take an accrual back in the source order of R21; raises NotCoveredError."""
    owed = taking.amount
    lot = draft.lot(taking.lot_id)
    pending = min(owed, lot.pending)
    _take(draft, taking.lot_id, Move.CLAW_PENDING, pending)
    owed -= pending
    own = expired = others = 0
    if taking.policy is not ClawbackPolicy.ONLY_PENDING:
        own = min(owed, lot.open)
        _take(draft, taking.lot_id, Move.CLAW, own)
        expired = min(owed - own, lot.expired)
        if expired:
            draft.transfer(taking.unit, expired, breakage_account(program_id, taking.unit), to_member=True)
            _take(draft, taking.lot_id, Move.REINSTATE, expired)
            _take(draft, taking.lot_id, Move.CLAW, expired)
        others = _from_other_lots(draft, taking, owed - own - expired)
        owed -= own + expired + others
    if owed and taking.policy is ClawbackPolicy.WITHIN_BALANCE:
        raise NotCoveredError(taking.unit, taking.amount, taking.amount - owed)
    debt = owed if taking.policy is ClawbackPolicy.UNLIMITED else 0
    clawed = Clawed(taking, pending, own, expired, others, debt, owed - debt)
    _pay_issuer(draft, program_id, clawed)
    return clawed


def _pay_issuer(draft: Draft, program_id: UUID, clawed: Clawed) -> None:
    """What was covered and what is owed are lines of their own: 50 active, 70 reversed gives 50 and 20 (R22)."""
    unit, issuer = clawed.taking.unit, issued_account(program_id, clawed.taking.issuer, clawed.taking.unit)
    if covered := clawed.taking.amount - clawed.debt - clawed.written_off:
        draft.transfer(unit, covered, issuer, to_member=False)
    if clawed.debt:
        draft.owe(unit, clawed.debt)
        draft.transfer(unit, clawed.debt, issuer, to_member=False)
    if clawed.written_off:
        draft.transfer(unit, clawed.written_off, written_off_account(program_id, unit), to_member=True)
        draft.transfer(unit, clawed.written_off, issuer, to_member=False)


def _from_other_lots(draft: Draft, taking: Taking, owed: int) -> int:
    got = 0
    for lot in draft.lots_of(taking.unit):
        if got == owed:
            break
        taken = min(owed - got, lot.open)
        _take(draft, lot.lot_id, Move.CLAW, taken)
        got += taken
    return got


def _give_back(draft: Draft, program_id: UUID, returning: Returning) -> None:
    unit = draft.lot(returning.lot_id).unit
    draft.transfer(unit, returning.amount, redeemed_account(program_id, returning.acceptor, unit), to_member=True)
    draft.put_back(returning.lot_id, Move.RESTORE, returning.amount, returning.until)


def _forfeit(draft: Draft, books: MemberBooks) -> None:
    for unit in sorted(books.balances):
        left = [lot for lot in draft.lots_of(unit) if lot.open]
        for lot in left:
            draft.move(LotMove(lot.lot_id, Move.BURN, lot.open))
        if left:
            draft.transfer(unit, sum(lot.open for lot in left), forfeited_account(books.program_id, unit), to_member=False)


def _take(draft: Draft, lot_id: UUID, what: Move, amount: int) -> None:
    if amount:
        draft.move(LotMove(lot_id, what, amount))
