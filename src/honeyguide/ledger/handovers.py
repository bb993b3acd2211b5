"""Points go from one member to another: two transactions of one member each, through the transit account, with the lots and their dates.

The second names what the first handed over and has an id that follows from it, so it can be posted again by whoever finds it missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from honeyguide.ledger.accounts import breakage_account, forfeited_account, paid_out_account, transit_account, written_off_account
from honeyguide.ledger.draft import Draft
from honeyguide.ledger.lots import Lot, LotMove, Move, burn
from honeyguide.ledger.member_books import MemberBooks
from honeyguide.ledger.posting import Posting
from honeyguide.ledger.postings import NOTHING_ASIDE, Aside, DetailOf
from honeyguide.ledger.recorded import Recorded


@dataclass(frozen=True, slots=True)
class HandedLot:
    """What another member receives of one lot; dates and issuer stay what they were."""

    lot_id: UUID
    unit: str
    issuer: UUID
    earned_at: datetime
    available_at: datetime
    expires_at: datetime | None
    rolls: bool
    amount: int

    def as_json(self) -> dict[str, Any]:
        return {
            "lot": str(self.lot_id),
            "unit": self.unit,
            "issuer": str(self.issuer),
            "earned_at": self.earned_at.isoformat(),
            "available_at": self.available_at.isoformat(),
            "expires_at": self.expires_at.isoformat() if self.expires_at else None,
            "rolls": self.rolls,
            "amount": self.amount,
        }

    @staticmethod
    def of_json(row: Mapping[str, Any]) -> HandedLot:
        return HandedLot(
            UUID(row["lot"]),
            row["unit"],
            UUID(row["issuer"]),
            datetime.fromisoformat(row["earned_at"]),
            datetime.fromisoformat(row["available_at"]),
            datetime.fromisoformat(row["expires_at"]) if row["expires_at"] else None,
            row["rolls"],
            row["amount"],
        )


@dataclass(frozen=True, slots=True)
class Handover:
    """Lots, and what is owed by unit; the two sides of a handover are equal.

    `lost`: what expired of lots that come home; it comes as expired, so that a return finds it there and it is not lost twice (R27).
    """

    lots: tuple[HandedLot, ...] = ()
    debts: Mapping[str, int] = field(default_factory=dict)
    lost: tuple[HandedLot, ...] = ()

    def as_json(self) -> dict[str, Any]:
        lost = {"lost": [lot.as_json() for lot in self.lost]} if self.lost else {}
        return {"lots": [lot.as_json() for lot in self.lots], "debts": dict(self.debts), **lost}

    @staticmethod
    def of_json(row: Mapping[str, Any]) -> Handover:
        lots, lost = (tuple(HandedLot.of_json(lot) for lot in row.get(name, ())) for name in ("lots", "lost"))
        return Handover(lots, dict(row["debts"]), lost)


def some_of(books: MemberBooks, unit: str, amount: int, now: datetime) -> Handover:
    """`amount` of what is available, from the lots that would burn first; raises ValueError where they do not suffice."""
    moves = burn(amount, [lot for lot in books.lots.values() if lot.unit == unit], now)
    return Handover(tuple(handed(books.lots[move.lot_id], move.amount) for move in moves))


def all_of(books: MemberBooks, lots: Iterable[Lot] | None = None) -> Handover:
    """All that is open or pending of the given lots; without a choice everything the member has, and what he owes."""
    chosen = sorted(books.lots.values() if lots is None else lots, key=lambda lot: (lot.earned_at, lot.lot_id))
    debts = {unit: balance.debt for unit, balance in books.balances.items() if balance.debt} if lots is None else {}
    return Handover(tuple(handed(lot, lot.open + lot.pending) for lot in chosen if lot.open + lot.pending), debts)


def homecoming(books: MemberBooks, homes: Mapping[UUID, UUID]) -> Handover:
    """All that is open or pending of lots that return to those they were, and what expired of them."""
    mine = [lot for lot in books.lots.values() if lot.lot_id in homes]
    return Handover(all_of(books, mine).lots, lost=lost_of(books, homes))


def lost_of(books: MemberBooks, homes: Mapping[UUID, UUID]) -> tuple[HandedLot, ...]:
    """What expired of lots that came from another."""
    return tuple(handed(lot, lot.expired) for lot in books.lots.values() if lot.lot_id in homes and lot.expired)


def unowed_of(books: MemberBooks) -> Handover:
    """All lots of the units in which nothing is owed: a debt is a person's, and what waits to repay it stays with him."""
    return all_of(books, [lot for lot in books.lots.values() if not books.balance(lot.unit).debt])


def owed_of(books: MemberBooks, debts: Mapping[str, int]) -> dict[str, int]:
    """What is still owed of these debts; what was repaid meanwhile stays repaid."""
    owed = {unit: min(debt, books.balance(unit).debt) for unit, debt in debts.items()}
    return {unit: debt for unit, debt in owed.items() if debt > 0}


def other_side(transaction_id: UUID) -> UUID:
    """The id of the second side of a handover: it follows from the first's, so nobody posts it twice."""
    return uuid5(transaction_id, "in")


def lot_in(transaction_id: UUID, lot_id: UUID) -> UUID:
    """The lot at the receiving member that a handed lot becomes in that transaction."""
    return uuid5(transaction_id, str(lot_id))


def post_handing_out(
    books: MemberBooks, recorded: Recorded, handover: Handover, detail: DetailOf, now: datetime, aside: Aside = NOTHING_ASIDE
) -> Posting:
    """The first side: lots leave, debts leave. The caller has checked that it is there; what expired of a lot leaves by way of breakage."""
    draft = Draft(books, now)
    for part in handover.lots:
        lot = draft.lot(part.lot_id)
        pending = min(part.amount, lot.pending)  # a lot is pending or open, never both
        expired = part.amount - pending - min(part.amount - pending, lot.open)
        if pending:
            draft.move(LotMove(lot.lot_id, Move.MOVE_OUT_PENDING, pending))
        if expired:
            draft.transfer(lot.unit, expired, breakage_account(books.program_id, lot.unit), to_member=True)
            draft.move(LotMove(lot.lot_id, Move.REINSTATE, expired))
        if part.amount > pending:
            draft.move(LotMove(lot.lot_id, Move.MOVE_OUT, part.amount - pending))
    for part in handover.lost:
        draft.transfer(part.unit, part.amount, breakage_account(books.program_id, part.unit), to_member=True)
        draft.move(LotMove(part.lot_id, Move.REINSTATE, part.amount))
        draft.move(LotMove(part.lot_id, Move.MOVE_OUT, part.amount))
    for unit, amount in _totals(handover).items():
        draft.transfer(unit, amount, transit_account(books.program_id, unit), to_member=False)
    for unit, amount in handover.debts.items():
        draft.forgive(unit, amount, transit_account(books.program_id, unit))
    aside.on(draft)
    return draft.posting(recorded, detail)


def post_handing_in(
    books: MemberBooks,
    recorded: Recorded,
    handover: Handover,
    detail: DetailOf,
    now: datetime,
    back_to: Mapping[UUID, UUID] | None = None,
    aside: Aside = NOTHING_ASIDE,
) -> Posting:
    """The second side: a lot of his own for each; what he owes is repaid from them, and a debt handed over is repaid from what he has.

    `back_to` names, by the lot handed, the very lot that its points once left: they return to it.
    """
    draft = Draft(books, now)
    for part in handover.lots:
        transit, home = transit_account(books.program_id, part.unit), (back_to or {}).get(part.lot_id)
        if home is not None:
            draft.move_back(home, part.amount, part.expires_at, transit)
        else:
            draft.accrue(_received(part, recorded.transaction_id), part.amount, transit)
    for part in handover.lost:
        home = (back_to or {})[part.lot_id]
        draft.transfer(part.unit, part.amount, transit_account(books.program_id, part.unit), to_member=True)
        draft.move(LotMove(home, Move.MOVE_BACK, part.amount))
        draft.expire(draft.lot(home), part.amount)  # nothing is repaid from it
    for unit, amount in handover.debts.items():
        draft.owe(unit, amount)
        draft.transfer(unit, amount, transit_account(books.program_id, unit), to_member=False)
        for lot in draft.lots_of(unit):
            draft.repay(lot.lot_id, lot.open)
    aside.on(draft)
    return draft.posting(recorded, detail)


def _received(part: HandedLot, by: UUID) -> Lot:
    """The receiver's own lot, before anything moved."""
    return Lot(lot_in(by, part.lot_id), by, part.unit, part.issuer, part.earned_at, part.available_at, part.expires_at, rolls=part.rolls)


def post_closing(books: MemberBooks, recorded: Recorded, paid_out: frozenset[str], detail: DetailOf, now: datetime) -> Posting:
    """A member leaves: what is open is forfeited, or of the units in `paid_out` paid; what is pending is forfeited; debts are written off (R41).

    Open holds have lapsed before. The books are closed with it.
    """
    draft = Draft(replace(books, closed_at=now), now)
    for unit in sorted({lot.unit for lot in books.lots.values()}):
        available = sum(lot.open for lot in draft.lots_of(unit))
        pending = sum(lot.pending for lot in draft.lots_of(unit))
        for lot in draft.lots_of(unit):
            for what, amount in ((Move.BURN, lot.open), (Move.CLAW_PENDING, lot.pending)):
                if amount:
                    draft.move(LotMove(lot.lot_id, what, amount))
        if available:
            account = paid_out_account if unit in paid_out else forfeited_account
            draft.transfer(unit, available, account(books.program_id, unit), to_member=False)
        if pending:
            draft.transfer(unit, pending, forfeited_account(books.program_id, unit), to_member=False)
    for unit, balance in books.balances.items():
        if balance.debt:
            draft.forgive(unit, balance.debt, written_off_account(books.program_id, unit))
    return draft.posting(recorded, detail)


def handed(lot: Lot, amount: int) -> HandedLot:
    """So much of a lot, with its dates and issuer."""
    return HandedLot(lot.lot_id, lot.unit, lot.issuer, lot.earned_at, lot.available_at, lot.expires_at, lot.rolls, amount)


def _totals(handover: Handover) -> dict[str, int]:
    totals: dict[str, int] = {}
    for lot in (*handover.lots, *handover.lost):
        totals[lot.unit] = totals.get(lot.unit, 0) + lot.amount
    return totals
