"""Holds: a redemption in two steps. What is authorised is pinned to its lots until it is captured, voided, or its time is over; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Approval(StrEnum):
    """What a hold above its proof waits for, or has (R51)."""

    WAITING = "WAITING"  # nobody may capture it yet
    APPROVED = "APPROVED"  # the member agreed in the app
    DECLINED = "DECLINED"  # the member did not; told, never stored: the VOID that gave it back says so


class HoldState(StrEnum):
    OPEN = "OPEN"
    CAPTURED = "CAPTURED"  # the shop took all or a part; the rest went back
    VOIDED = "VOIDED"  # the shop gave it back
    LAPSED = "LAPSED"  # nobody came in time


@dataclass(frozen=True, slots=True)
class Hold:
    """`amount` minor units of `unit`, pinned to `lots` (lot, amount); `hold_id` is the transaction that authorised it (R14).

    The counter (name, period) was moved by `amount` when it was authorised; what is not captured goes back to it.
    """

    hold_id: UUID
    unit: str
    amount: int
    partner_id: UUID
    location: str | None
    proof: str
    authorised_at: datetime
    expires_at: datetime
    captured: int = 0
    state: HoldState = HoldState.OPEN
    settled_by: UUID | None = None
    counter_name: str | None = None
    counter_period: str | None = None
    approval: Approval | None = None  # None: its proof was enough
    lots: tuple[tuple[UUID, int], ...] = ()

    def is_overdue(self, now: datetime) -> bool:
        """Its time is over: void to every reader, whether a sweep has been there or not."""
        return self.state is HoldState.OPEN and self.expires_at <= now

    def is_open(self, now: datetime) -> bool:
        return self.state is HoldState.OPEN and self.expires_at > now

    @property
    def waits(self) -> bool:
        """Open or not, nobody may capture it before the member agrees."""
        return self.approval is Approval.WAITING

    def state_at(self, now: datetime) -> HoldState:
        return HoldState.LAPSED if self.is_overdue(now) else self.state
