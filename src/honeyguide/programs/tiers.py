"""Tiers by what a member qualifies with: the tier held, its next review, and the way to the next one; pure.

Up at once, kept until `until`, at the review down to what the window earns (R32).
Redeeming never demotes: qualifying amounts are apart from balances (R31).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from honeyguide.programs.accrual import WindowKey
from honeyguide.programs.ladder import Ladder, qualifying_counter
from honeyguide.programs.periods import add_months, days_after, last_moment

if TYPE_CHECKING:
    from honeyguide.programs.program import Program


@dataclass(frozen=True, slots=True)
class TierHeld:
    """A tier, since when, and the moment of its next review; the lowest tier has none."""

    code: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one metric is from the next tier; amounts are minor units with `decimals` places."""

    metric: str
    current: int
    needed: int
    remaining: int
    next_tier_code: str
    period_ends: datetime
    decimals: int


def tier_windows(program: Program, as_of: datetime) -> tuple[WindowKey, ...]:
    """The sums to read before `assess`: this qualification period and, by calendar year, the one before; () without tiers."""
    if program.tiers is None:
        return ()
    day = program.local_day(as_of)
    return tuple(_window(metric, *span) for span in _spans(program.tiers, day) for metric in program.tiers.metrics)


def base_tier(program: Program) -> str | None:
    """The lowest tier, which everybody holds from enrolment on; None in a program without tiers."""
    return next(iter(program.tiers.levels)) if program.tiers else None


def assess(program: Program, current: TierHeld | None, amounts: Mapping[WindowKey, int], as_of: datetime) -> TierHeld | None:
    """The tier from now on, None in a program without tiers; `current` itself when nothing changes."""
    ladder = program.tiers
    if ladder is None:
        return None
    earned = _earned(program, ladder, amounts, as_of)
    if current is None or current.code not in ladder.levels:
        return earned
    rank, held = ladder.rank(earned.code), ladder.rank(current.code)
    if rank > held:
        return earned
    due = current.until is not None and as_of >= current.until
    if rank < held:
        return earned if due else current
    until = _later(current.until, earned.until) if due or ladder.period.kind == "calendar_year" else current.until
    return current if until == current.until else TierHeld(current.code, current.since, until)


def progress(program: Program, tier_code: str | None, amounts: Mapping[WindowKey, int], as_of: datetime) -> list[Progress]:
    """What is missing to the next tier, by metric; empty on the highest."""
    ladder = program.tiers
    if ladder is None:
        return []
    above = ladder.above(tier_code)
    if above is None:
        return []
    day = program.local_day(as_of)
    span = _spans(ladder, day)[0]
    steps = []
    for metric, needed in program.plan.thresholds[above].items():
        current = amounts.get(_window(metric, *span), 0)
        decimals = program.metric_decimals(metric)
        steps.append(Progress(metric, current, needed, max(needed - current, 0), above, _period_ends(program, ladder, day), decimals))
    return steps


def _earned(program: Program, ladder: Ladder, amounts: Mapping[WindowKey, int], as_of: datetime) -> TierHeld:
    """The best tier of the periods that still count, and how long each keeps it."""
    day = program.local_day(as_of)
    reached = []
    for age, span in enumerate(_spans(ladder, day)):
        code = _level(program, ladder, {metric: amounts.get(_window(metric, *span), 0) for metric in ladder.metrics})
        reached.append((ladder.rank(code), -age, code, _kept_until(program, ladder, day, age)))
    rank, _, code, until = max(reached, key=lambda level: level[:2])
    return TierHeld(code, as_of, until if rank else None)


def _level(program: Program, ladder: Ladder, amounts: Mapping[str, int]) -> str:
    """The highest level of which one metric's threshold (or, by `reach: all`, each) is met; the lowest needs nothing."""
    enough = all if ladder.reach == "all" else any
    lowest, *higher = ladder.levels
    for code in reversed(higher):
        if enough(amounts[metric] >= needed for metric, needed in program.plan.thresholds[code].items()):
            return code
    return lowest


def _spans(ladder: Ladder, day: date) -> list[tuple[date, date]]:
    """The qualification periods that count on a day, the present one first; a calendar year counts until the end of the next."""
    if ladder.period.kind == "rolling":
        return [(days_after(add_months(day, -ladder.period.months), 1), day)]
    return [(date(year, 1, 1), date(year, 12, 31)) for year in (day.year, day.year - 1)]


def _kept_until(program: Program, ladder: Ladder, day: date, age: int) -> datetime:
    if ladder.period.kind == "rolling":
        return last_moment(add_months(day, ladder.period.months), program.zone)
    return last_moment(date(day.year + 1 - age, 12, 31), program.zone)


def _period_ends(program: Program, ladder: Ladder, day: date) -> datetime:
    """The last moment of the calendar year; in a rolling period the last moment at which today's purchases still count."""
    if ladder.period.kind == "rolling":
        return last_moment(days_after(add_months(day, ladder.period.months), -1), program.zone)
    return last_moment(date(day.year, 12, 31), program.zone)


def _window(metric: str, first: date, last: date) -> WindowKey:
    return WindowKey(qualifying_counter(metric), first.isoformat(), last.isoformat())


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(filter(None, (one, other)), default=None)
