"""A draft of one business event: transfers and lot moves are laid out one by one while the member's books follow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from honeyguide.ledger.accounts import SystemAccount, member_account
from honeyguide.ledger.lots import Lot, LotMove, Move, burn
from honeyguide.ledger.member_books import MemberBooks, TierSpan
from honeyguide.ledger.recorded import Recorded
from honeyguide.ledger.transfers import Transfer


@dataclass(frozen=True, slots=True)
class Posting:
    """One business event ready to be written: its rows, what they touch, and the member's books after it."""

    recorded: Recorded
    transfers: tuple[Transfer, ...]
    others: tuple[SystemAccount, ...]  # for each transfer, the account that stands against the member's
    moves: tuple[LotMove, ...]
    new_lots: tuple[UUID, ...]
    units: frozenset[str]
    counters: frozenset[tuple[str, str]]
    tier: TierSpan | None
    books: MemberBooks


class Draft:
    """Collects what one event does; `books` is the state so far, `posting` closes it."""

    def __init__(self, books: MemberBooks, now: datetime) -> None:
        self.books = books
        self._now = now
        self._transfers: list[Transfer] = []
        self._others: list[SystemAccount] = []
        self._moves: list[LotMove] = []
        self._new_lots: list[UUID] = []
        self._units: set[str] = set()
        self._counters: set[tuple[str, str]] = set()
        self._tier: TierSpan | None = None

    def accrue(self, lot: Lot, amount: int, funded_by: SystemAccount) -> None:
        """Give `amount` to the member as a new lot, pending until its date; what he owes is repaid from it first (R22)."""
        unit = lot.unit
        self.books = self.books.with_lot(lot)
        self._new_lots.append(lot.lot_id)
        self._transfer(unit, amount, funded_by, to_member=True)
        pending = lot.available_at > self._now
        self._move(LotMove(lot.lot_id, Move.ACCRUE_PENDING if pending else Move.ACCRUE, amount))
        repaid = min(self.books.balance(unit).debt, amount)
        if repaid and not pending:
            self._move(LotMove(lot.lot_id, Move.CLAW, repaid))
            self._owe(unit, -repaid)

    def burn(self, unit: str, amount: int, paid_to: SystemAccount) -> None:
        """Take `amount` from the member's lots in burn order; raises ValueError where they do not suffice."""
        lots = [lot for lot in self.books.lots.values() if lot.unit == unit]
        for move in list(burn(amount, lots, self._now)):
            self._move(move)
        self._transfer(unit, amount, paid_to, to_member=False)

    def activate(self, lot: Lot) -> None:
        """A pending lot matured; what the member owes is repaid from it at once."""
        self._move(LotMove(lot.lot_id, Move.ACTIVATE, lot.pending))
        repaid = min(self.books.balance(lot.unit).debt, lot.pending)
        if repaid:
            self._move(LotMove(lot.lot_id, Move.CLAW, repaid))
            self._owe(lot.unit, -repaid)

    def count(self, name: str, period: str, amount: int) -> None:
        self.books = self.books.counted(name, period, amount)
        self._counters.add((name, period))

    def hold_tier(self, tier: TierSpan) -> None:
        self.books = replace(self.books, tier=tier, tier_history=(*self.books.tier_history, tier))
        self._tier = tier

    def posting(self, recorded: Recorded, detail: dict[str, Any]) -> Posting:
        """Close the draft as the member's next version."""
        books = self.books.advanced()
        return Posting(
            recorded=replace(recorded, version=books.version, detail=detail),
            transfers=tuple(self._transfers),
            others=tuple(self._others),
            moves=tuple(self._moves),
            new_lots=tuple(self._new_lots),
            units=frozenset(self._units),
            counters=frozenset(self._counters),
            tier=self._tier,
            books=books,
        )

    def _transfer(self, unit: str, amount: int, other: SystemAccount, *, to_member: bool) -> None:
        mine = member_account(self.books.program_id, self.books.member_id, unit)
        debit, credit = (other.account_id, mine) if to_member else (mine, other.account_id)
        balance = self.books.balance(unit)
        balance = replace(balance, posted=balance.posted + (amount if to_member else -amount))
        self.books = self.books.with_balance(unit, balance)
        self._transfers.append(Transfer(unit, debit, credit, amount, balance_after=balance.posted))
        self._others.append(other)
        self._units.add(unit)

    def _move(self, move: LotMove) -> None:
        self.books = self.books.moved(move)
        self._moves.append(move)
        self._units.add(self.books.lots[move.lot_id].unit)

    def _owe(self, unit: str, amount: int) -> None:
        balance = self.books.balance(unit)
        self.books = self.books.with_balance(unit, replace(balance, debt=balance.debt + amount))
