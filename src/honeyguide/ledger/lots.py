"""Lots: the points of one accrual with one expiry date, the order in which they burn, and the moves that change them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

_NEVER = datetime.max.replace(tzinfo=UTC)


class Move(StrEnum):
    """What happened to points of a lot; each move takes from one column and gives to another."""

    ACCRUE = "accrue"
    ACCRUE_PENDING = "accrue_pending"
    ACTIVATE = "activate"
    BURN = "burn"
    HOLD = "hold"
    RELEASE = "release"
    CAPTURE = "capture"
    EXPIRE = "expire"
    CLAW = "claw"
    CLAW_PENDING = "claw_pending"
    RESTORE = "restore"
    REINSTATE = "reinstate"
    MOVE_OUT = "move_out"
    MOVE_OUT_PENDING = "move_out_pending"
    MOVE_BACK = "move_back"
    MOVE_BACK_PENDING = "move_back_pending"


# move -> (column it takes from, column it gives to); None is the world outside of the lot
COLUMNS: dict[Move, tuple[str | None, str]] = {
    Move.ACCRUE: (None, "open"),
    Move.ACCRUE_PENDING: (None, "pending"),
    Move.ACTIVATE: ("pending", "open"),
    Move.BURN: ("open", "burned"),
    Move.HOLD: ("open", "held"),
    Move.RELEASE: ("held", "open"),
    Move.CAPTURE: ("held", "burned"),
    Move.EXPIRE: ("open", "expired"),
    Move.CLAW: ("open", "clawed"),
    Move.CLAW_PENDING: ("pending", "clawed"),
    Move.RESTORE: ("burned", "open"),
    Move.REINSTATE: ("expired", "open"),
    Move.MOVE_OUT: ("open", "moved"),
    Move.MOVE_OUT_PENDING: ("pending", "moved"),
    Move.MOVE_BACK: ("moved", "open"),
    Move.MOVE_BACK_PENDING: ("moved", "pending"),
}


@dataclass(frozen=True, slots=True)
class LotMove:
    lot_id: UUID
    what: Move
    amount: int


@dataclass(frozen=True, slots=True)
class Lot:
    """issued = pending + open + held + burned + expired + clawed + moved, in minor units; the database checks it once more.

    `expires_at` is the date in force; of a lot that `rolls`, activity moves it (R29).
    """

    lot_id: UUID
    transaction_id: UUID
    unit: str
    issuer: UUID
    earned_at: datetime
    available_at: datetime
    expires_at: datetime | None
    issued: int = 0
    pending: int = 0
    open: int = 0
    held: int = 0
    burned: int = 0
    expired: int = 0
    clawed: int = 0
    moved: int = 0
    rolls: bool = False

    def after(self, move: LotMove) -> Lot:
        """The lot after one move; raises ValueError where the column would fall below zero."""
        source, target = COLUMNS[move.what]
        changes = {target: getattr(self, target) + move.amount}
        if source is None:
            changes["issued"] = self.issued + move.amount
        else:
            changes[source] = getattr(self, source) - move.amount
            if changes[source] < 0:
                raise ValueError(f"lot {self.lot_id} has only {getattr(self, source)} {source}, not {move.amount}")
        return replace(self, **changes)

    def is_expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now

    def is_due(self, now: datetime) -> bool:
        """Pending, and its day has come: readers and burns apply the date themselves, before any sweep."""
        return self.pending > 0 and self.available_at <= now

    def spendable(self, now: datetime) -> int:
        if self.is_expired(now):
            return 0
        return self.open + (self.pending if self.is_due(now) else 0)


def burn_order(lot: Lot) -> tuple[datetime, datetime, UUID]:
    """Soonest to expire first, ties by the time of earning, never-expiring last (R16)."""
    return (lot.expires_at or _NEVER, lot.earned_at, lot.lot_id)


def burn(amount: int, lots: Iterable[Lot], now: datetime, what: Move = Move.BURN) -> Iterator[LotMove]:
    """Take `amount` from the open points of the lots in burn order; raises ValueError where they do not suffice."""
    owed = amount
    for lot in sorted((lot for lot in lots if not lot.is_expired(now)), key=burn_order):
        taken = min(owed, lot.open)
        if taken:
            yield LotMove(lot.lot_id, what, taken)
        owed -= taken
        if not owed:
            return
    if owed:
        raise ValueError(f"{owed} of {amount} are not covered by open lots")
