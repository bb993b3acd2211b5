"""The stretches of days in which a member qualifies for tiers, how long each keeps a tier, and the grace after it; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from honeyguide.programs.accrual import WindowKey
from honeyguide.programs.ladder import Ladder, Rolling, qualifying_counter
from honeyguide.programs.periods import MonthDay, add_months, days_after, last_moment

if TYPE_CHECKING:
    from honeyguide.programs.program import Program

_NEW_YEAR = MonthDay(1, 1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days that count together, and the last day of a tier reached in them, without grace."""

    first: date
    last: date
    kept: date

    def window(self, metric: str) -> WindowKey:
        return WindowKey(qualifying_counter(metric), self.first.isoformat(), self.last.isoformat())


@dataclass(frozen=True, slots=True)
class Stretches:
    """What counts on a day: this period, the one before, and that one with its grace."""

    present: Stretch
    before: Stretch | None
    graced: Stretch | None

    def all(self) -> tuple[Stretch, ...]:
        return tuple(stretch for stretch in (self.present, self.before, self.graced) if stretch is not None)


def stretches(ladder: Ladder, day: date, anniversary: date | None) -> Stretches:
    """By year: this year, and the one before, which keeps a tier through this one. Rolling: the months up to the day and,
    where there is a grace, those up to the day on which the tier that is reviewed now ended.
    """
    if isinstance(ladder.period, Rolling):
        months = ladder.period.months
        return Stretches(_rolling(months, day), _rolling(months, ladder.grace.before(day)) if ladder.grace else None, None)
    starts = _year_starts(ladder, anniversary)
    first = starts.last_until(day)
    last, next_last = (days_after(starts.in_year(first.year + years), -1) for years in (1, 2))
    before = Stretch(starts.in_year(first.year - 1), days_after(first, -1), last)
    graced = Stretch(before.first, ladder.grace.after(before.last), last) if ladder.grace else None
    return Stretches(Stretch(first, last, next_last), before, graced)


def level_reached(program: Program, stretch: Stretch, amounts: Mapping[WindowKey, int]) -> str:
    """The highest level of which one metric's threshold (or, by `reach: all`, each) is met; the lowest needs nothing."""
    ladder = program.ladder
    enough = all if ladder.reach == "all" else any
    lowest, *higher = ladder.levels
    for code in reversed(higher):
        if enough(amounts.get(stretch.window(metric), 0) >= needed for metric, needed in program.plan.thresholds[code].items()):
            return code
    return lowest


def until_with_grace(program: Program, last_day: date) -> datetime:
    """The end of a tier whose last day that is, its grace included: 31 December and a month is the end of 31 January (R33)."""
    grace = program.ladder.grace
    return last_moment(grace.after(last_day) if grace else last_day, program.zone)


def grace_from(program: Program, until: datetime | None, anniversary: date | None = None) -> datetime | None:
    """The moment a tier kept to `until` ends for people and its grace begins; `until` itself where there is no grace."""
    ladder = program.tiers
    if until is None or ladder is None or ladder.grace is None:
        return until
    day = program.local_day(until)
    if not isinstance(ladder.period, Rolling) and _year_starts(ladder, anniversary).last_until(days_after(day, 1)) == days_after(day, 1):
        return until  # the end of a year: a tier that waits for its upgrade then, or was given to that day
    end = ladder.grace.before(day)
    while ladder.grace.after(days_after(end, 1)) <= day:  # 28 February is a month after any of 28 to 31 January: the latest counts
        end = days_after(end, 1)
    return last_moment(end, program.zone)


def _rolling(months: int, day: date) -> Stretch:
    return Stretch(days_after(add_months(day, -months), 1), day, add_months(day, months))


def _year_starts(ladder: Ladder, anniversary: date | None) -> MonthDay:
    if ladder.period.kind == "calendar_year":
        return ladder.period.starts
    return MonthDay(anniversary.month, anniversary.day) if anniversary and ladder.has_own_years else _NEW_YEAR
