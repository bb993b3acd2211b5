"""Lots of the model: what is open, pending and held of each, what burns first, what is owed; pure, and nothing of the ledger's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from honeyguide.replay.state import UnitState

Pieces = list[tuple["Lot", int]]  # so much of each lot


@dataclass(slots=True)
class Lot:
    """What one purchase earned."""

    earned_at: datetime
    available_at: datetime
    expires_on: date | None
    open: int = 0
    pending: int = 0
    held: int = 0


class Purse:
    """All that a member has of one unit, and owes of it."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._lots: list[Lot] = []
        self._debt = 0

    def accrue(self, quantity: int, earned_at: datetime, available_at: datetime, expires_on: date | None) -> Lot:
        lot = Lot(earned_at, available_at, expires_on)
        self._lots.append(lot)
        if available_at > self._now:
            lot.pending = quantity
        else:
            self.put(lot, quantity)
        return lot

    def put(self, lot: Lot, quantity: int) -> None:
        """Points become spendable; what is owed is repaid from them first."""
        repaid = min(self._debt, quantity)
        self._debt -= repaid
        lot.open += quantity - repaid

    def pick(self, quantity: int) -> Pieces | None:
        """Take open points, soonest to expire first; None where fewer are there than that and what is owed."""
        if quantity > sum(lot.open for lot in self._lots) - self._debt:
            return None
        taken = []
        for lot in self._burn_order():
            part = min(quantity, lot.open)
            if part:
                lot.open -= part
                quantity -= part
                taken.append((lot, part))
        return taken

    def hold(self, pieces: Pieces) -> None:
        for lot, amount in pieces:
            lot.held += amount

    def settle(self, pieces: Pieces, quantity: int) -> Pieces:
        """So much of what is held is taken, in the order of burning; the rest goes back."""
        taken = []
        for lot, amount in pieces:
            lot.held -= amount
            part = min(quantity, amount)
            quantity -= part
            if part:
                taken.append((lot, part))
            self.put(lot, amount - part)
        return taken

    def claw(self, own: Lot, owed: int) -> None:
        """What is pending of that purchase, its lot, the other lots soonest to expire first; the rest is owed."""
        taken = min(owed, own.pending)
        own.pending -= taken
        owed -= taken
        for lot in [own, *self._burn_order()]:
            taken = min(owed, lot.open)
            lot.open -= taken
            owed -= taken
        self._debt += owed

    def state(self) -> UnitState:
        self._mature()
        by_date: defaultdict[date | None, int] = defaultdict(int)
        for lot in self._lots:
            if lot.open + lot.pending:
                by_date[lot.expires_on] += lot.open + lot.pending
        opened, pending, held = (sum(column) for column in self._columns())
        return UnitState(opened + pending + held - self._debt, opened - self._debt, pending, held, self._debt, dict(by_date))

    def _mature(self) -> None:
        for lot in self._lots:
            if lot.pending and lot.available_at <= self._now:
                quantity, lot.pending = lot.pending, 0
                self.put(lot, quantity)

    def _columns(self) -> Iterable[list[int]]:
        return [lot.open for lot in self._lots], [lot.pending for lot in self._lots], [lot.held for lot in self._lots]

    def _burn_order(self) -> list[Lot]:
        return sorted(self._lots, key=lambda lot: (lot.expires_on or date.max, lot.earned_at))
