"""What the books hold of one member while his standing is locked: the state that an intent decides on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from honeyguide.ledger.holds import Hold, HoldState
from honeyguide.ledger.lots import Lot, Move


@dataclass(frozen=True, slots=True)
class Balance:
    """posted = pending + open + held - debt over the member's lots of a unit, in minor units.

    `lasts_until` is the date of all lots that roll, where activity moves it (R29).
    """

    posted: int = 0
    held: int = 0
    pending: int = 0
    debt: int = 0
    lasts_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class TierSpan:
    """The tier held from `since` until its review at `until`; None = the base tier, which nobody reviews.

    `warn_at`: when the member is told that it is at risk (R34); None once told, and in the history.
    """

    tier: str | None
    since: datetime | None
    until: datetime | None
    warn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PastMove:
    """A move of a transaction that is to be reversed, or of one that reversed a part of it before."""

    transaction_id: UUID
    lot_id: UUID
    what: Move
    amount: int


@dataclass(frozen=True, slots=True)
class Past:
    """What became of a transaction: the details of its reversals in order, and its lot moves with theirs."""

    reversals: tuple[Mapping[str, Any], ...] = ()
    moves: tuple[PastMove, ...] = ()


@dataclass(frozen=True, slots=True)
class MemberBooks:
    """`lots` and open `holds` are complete where `lots_read`; else nothing is due, so that the balances alone tell what is available."""

    program_id: UUID
    member_id: UUID
    version: int
    tier: TierSpan
    due_at: datetime | None = None
    balances: Mapping[str, Balance] = field(default_factory=dict)
    tier_history: tuple[TierSpan, ...] = ()
    counters: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # by name, then by period
    lots: Mapping[UUID, Lot] = field(default_factory=dict)
    holds: Mapping[UUID, Hold] = field(default_factory=dict)
    expired_lately: Mapping[UUID, int] = field(default_factory=dict)  # by lot: what expired since an intent asked, and is not back
    past: Mapping[UUID, Past] = field(default_factory=dict)  # by the transaction that an intent wants to reverse
    frozen: frozenset[UUID] = frozenset()  # of those who want to redeem from these books, whoever may not (R52)
    lots_read: bool = True
    year_begins_on: date | None = None  # the attribute that may begin the member's qualification year (R32)
    closed_at: datetime | None = None  # from then on they take only what may follow a closing (recorded.AFTER_CLOSING)

    def balance(self, unit: str) -> Balance:
        return self.balances.get(unit, Balance())

    def available(self, unit: str, now: datetime) -> int:
        """What can be redeemed now: open and not past its date, what matured, what an overdue hold pinned, minus debt."""
        balance = self.balance(unit)
        if self.lots_read:
            spendable = sum(lot.spendable(now) for lot in self.lots.values() if lot.unit == unit)
            return spendable + self._unpinned(unit, now) - balance.debt
        expired = sum(lot.open for lot in self.lots.values() if lot.unit == unit and lot.is_expired(now))  # posted late
        return balance.posted - balance.pending - balance.held - expired

    def pending(self, unit: str, now: datetime) -> int:
        if self.lots_read:
            return sum(lot.pending for lot in self.lots.values() if lot.unit == unit and not lot.is_due(now))
        return self.balance(unit).pending

    def tier_at(self, instant: datetime) -> str | None:
        """The tier held at that instant (R9); before the first recorded one, the base tier holds."""
        held = [span for span in self.tier_history if span.since is not None and span.since <= instant]
        return held[-1].tier if held else (self.tier_history[0].tier if self.tier_history else self.tier.tier)

    def counter(self, name: str, period: str) -> int:
        return self.counters.get(name, {}).get(period, 0)

    def window(self, name: str, from_period: str, to_period: str) -> int:
        """The sum of a counter's daily rows from one ISO day to another, both included."""
        return sum(value for period, value in self.counters.get(name, {}).items() if from_period <= period <= to_period)

    def advanced(self) -> MemberBooks:
        """One version on, with the date at which something next happens by itself."""
        return replace(self.redated(), version=self.version + 1)

    def redated(self) -> MemberBooks:
        """The same version; a date that came and changed nothing gives way to the next one.

        Without the lots the date known so far counts too: never later than the true one, at times too early.
        """
        dates = [lot.available_at for lot in self.lots.values() if lot.pending]
        dates += [lot.expires_at for lot in self.lots.values() if lot.open and lot.expires_at is not None]
        if self.closed_at is None:
            dates += [hold.expires_at for hold in self.holds.values() if hold.state is HoldState.OPEN]
            dates += [moment for moment in (self.tier.until, self.tier.warn_at) if moment is not None]
            dates += [self.due_at] if self.due_at and not self.lots_read else []
        return replace(self, due_at=min(dates, default=None))

    def _unpinned(self, unit: str, now: datetime) -> int:
        """What overdue holds pin no more; a lot that expired meanwhile gives nothing back (R17)."""
        return sum(
            amount
            for hold in self.holds.values()
            if hold.unit == unit and hold.is_overdue(now)
            for lot_id, amount in hold.lots
            if not self.lots[lot_id].is_expired(now)
        )
