"""What an evaluation is told and what it answers: counters, facts, accruals with their reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple


# Named tuples and not dataclasses: they are the keys of the hottest look-ups, and a tuple hashes in C.
class CounterKey(NamedTuple):
    """A member's counter in a period: `2026-11-22`, `2026-W47`, `2026-11`, `2026-Q4`, `2026-H2`, `2026` or `always`."""

    name: str
    period: str


class WindowKey(NamedTuple):
    """The sum of a day counter over an inclusive range of ISO days."""

    name: str
    from_day: str
    to_day: str


@dataclass(frozen=True, slots=True)
class Needs:
    """What has to be read about the member before a purchase can be evaluated."""

    counters: tuple[CounterKey, ...] = ()
    windows: tuple[WindowKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """The member as of the purchase: the tier at occurred_at (R9) and the counters that `needs` asked for; absent means 0."""

    posted_at: datetime
    tier: str | None = None
    counters: Mapping[CounterKey, int] = field(default_factory=dict)
    windows: Mapping[WindowKey, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Because:
    """Why a rule gave this many (or, in `missed`, how many it did not give); recorded, put into words when read."""

    rule: str
    quantity: int
    unit: str
    inputs: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class CounterUse:
    """An amount to add to a counter; negative only where a step rule consumes what it carried."""

    name: str
    period: str
    amount: int


@dataclass(frozen=True, slots=True)
class Accrual:
    """A future lot: minor units of one unit with one pair of dates; available_at <= posted_at means not pending.

    A lot that `rolls` ends with its account's `lasts_until` where that is later (see expiry.py).
    """

    unit: str
    quantity: int
    rule: str
    available_at: datetime
    expires_at: datetime | None
    because: tuple[Because, ...]
    rolls: bool = False


@dataclass(frozen=True, slots=True)
class Evaluation:
    accruals: tuple[Accrual, ...] = ()
    counters: tuple[CounterUse, ...] = ()
    missed: tuple[Because, ...] = ()
