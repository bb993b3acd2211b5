"""A draft of one business event: transfers and lot moves are laid out one by one, and the member's books after them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from honeyguide.ledger.accounts import SystemAccount, member_account
from honeyguide.ledger.lots import Lot, LotMove, Move, burn
from honeyguide.ledger.member_books import Balance, MemberBooks, TierSpan
from honeyguide.ledger.recorded import Recorded
from honeyguide.ledger.transfers import Transfer
from honeyguide.quantities import LARGEST_MINOR, TooLarge


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


# How a move changes the held and pending columns of the account; posted follows from transfers, debt from what is owed.
_HELD = {Move.HOLD: 1, Move.RELEASE: -1, Move.CAPTURE: -1}
_PENDING = {Move.ACCRUE_PENDING: 1, Move.ACTIVATE: -1, Move.CLAW_PENDING: -1}


class Draft:
    """Collects what one event does, on copies of the member's lots, balances and counters; `posting` closes it.

    Raises TooLarge where an amount, a balance or a counter would outgrow the tables.
    """

    def __init__(self, books: MemberBooks, now: datetime) -> None:
        self._before = books
        self._now = now
        self._lots = dict(books.lots)
        self._balances = dict(books.balances)
        self._values = dict(books.counters)
        self._transfers: list[Transfer] = []
        self._others: list[SystemAccount] = []
        self._moves: list[LotMove] = []
        self._new_lots: list[UUID] = []
        self._units: set[str] = set()
        self._counters: set[tuple[str, str]] = set()
        self._tier: TierSpan | None = None

    def accrue(self, lot: Lot, amount: int, funded_by: SystemAccount) -> None:
        """Give `amount` to the member as a new lot, pending until its date; what he owes is repaid from it first (R22)."""
        self._lots[lot.lot_id] = lot
        self._new_lots.append(lot.lot_id)
        self._transfer(lot.unit, amount, funded_by, to_member=True)
        pending = lot.available_at > self._now
        self._move(LotMove(lot.lot_id, Move.ACCRUE_PENDING if pending else Move.ACCRUE, amount))
        if not pending:
            self._repay(lot, amount)

    def burn(self, unit: str, amount: int, paid_to: SystemAccount) -> None:
        """Take `amount` from the member's lots in burn order; raises ValueError where they do not suffice."""
        lots = [lot for lot in self._lots.values() if lot.unit == unit]
        for move in list(burn(amount, lots, self._now)):
            self._move(move)
        self._transfer(unit, amount, paid_to, to_member=False)

    def activate(self, lot: Lot) -> None:
        """A pending lot matured; what the member owes is repaid from it at once."""
        self._move(LotMove(lot.lot_id, Move.ACTIVATE, lot.pending))
        self._repay(lot, lot.pending)

    def expire(self, lot: Lot, unclaimed: SystemAccount) -> None:
        """The lot's date has come: what is still open of it goes to breakage; what is held waits for its hold (R17)."""
        self._move(LotMove(lot.lot_id, Move.EXPIRE, lot.open))
        self._transfer(lot.unit, lot.open, unclaimed, to_member=False)

    def count(self, name: str, period: str, amount: int) -> None:
        rows = self._values.get(name, {})
        self._values[name] = {**rows, period: _storable(rows.get(period, 0) + amount)}
        self._counters.add((name, period))

    def hold_tier(self, tier: TierSpan) -> None:
        self._tier = tier

    def posting(self, recorded: Recorded, detail: Callable[[MemberBooks], dict[str, Any]]) -> Posting:
        """Close the draft as the member's next version; `detail` is told the books after it."""
        books = self._books().advanced()
        return Posting(
            recorded=replace(recorded, version=books.version, detail=detail(books)),
            transfers=tuple(self._transfers),
            others=tuple(self._others),
            moves=tuple(self._moves),
            new_lots=tuple(self._new_lots),
            units=frozenset(self._units),
            counters=frozenset(self._counters),
            tier=self._tier,
            books=books,
        )

    def _books(self) -> MemberBooks:
        before, tier = self._before, self._tier
        return replace(
            before,
            lots=self._lots,
            balances=self._balances,
            counters=self._values,
            tier=tier or before.tier,
            tier_history=(*before.tier_history, tier) if tier else before.tier_history,
        )

    def _transfer(self, unit: str, amount: int, other: SystemAccount, *, to_member: bool) -> None:
        mine = member_account(self._before.program_id, self._before.member_id, unit)
        debit, credit = (other.account_id, mine) if to_member else (mine, other.account_id)
        balance = self._balance(unit)
        after = _storable(balance.posted + (_storable(amount) if to_member else -amount))
        self._balances[unit] = replace(balance, posted=after)
        self._transfers.append(Transfer(unit, debit, credit, amount, balance_after=after))
        self._others.append(other)
        self._units.add(unit)

    def _move(self, move: LotMove) -> None:
        lot = self._lots[move.lot_id].moved(move)
        self._lots[lot.lot_id] = lot
        self._moves.append(move)
        self._units.add(lot.unit)
        held, pending = _HELD.get(move.what, 0), _PENDING.get(move.what, 0)
        if held or pending:
            balance = self._balance(lot.unit)
            self._balances[lot.unit] = replace(
                balance, held=balance.held + held * move.amount, pending=balance.pending + pending * move.amount
            )

    def _repay(self, lot: Lot, amount: int) -> None:
        balance = self._balance(lot.unit)
        repaid = min(balance.debt, amount)
        if repaid:
            self._move(LotMove(lot.lot_id, Move.CLAW, repaid))
            self._balances[lot.unit] = replace(balance, debt=balance.debt - repaid)

    def _balance(self, unit: str) -> Balance:
        return self._balances.get(unit) or Balance()


def _storable(minor: int) -> int:
    if abs(minor) > LARGEST_MINOR:
        raise TooLarge("more than the books' integers hold")
    return minor
