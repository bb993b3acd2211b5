"""Calendar arithmetic in a program's time zone: names of periods, month maths (R26), the last moment of a day; pure."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

_LAST = time(23, 59, 59, 999_999)


class Period(StrEnum):
    """The span over which a cap counts."""

    PURCHASE = "purchase"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"
    ALWAYS = "always"

    __hash__ = str.__hash__  # Enum's own runs in Python, and names of periods are remembered by it


class PeriodEnd(StrEnum):
    """The calendar end that an expiry date is rounded up to."""

    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"


class MonthDay(NamedTuple):
    """A day of every year; 29 February is the 28th in a common year."""

    month: int
    day: int

    def in_year(self, year: int) -> date:
        return date(year, self.month, min(self.day, monthrange(year, self.month)[1]))

    def next_from(self, day: date) -> date:
        """The first such day on or after a day."""
        this_year = self.in_year(day.year)
        return this_year if this_year >= day else self.in_year(day.year + 1)

    def last_until(self, day: date) -> date:
        """The last such day on or before a day."""
        this_year = self.in_year(day.year)
        return this_year if this_year <= day else self.in_year(day.year - 1)


_MONTHS = {PeriodEnd.MONTH: 1, PeriodEnd.QUARTER: 3, PeriodEnd.HALF_YEAR: 6, PeriodEnd.YEAR: 12}


@lru_cache(maxsize=4096)
def period_name(day: date, period: Period) -> str:
    """The counter period that the day belongs to; weeks are ISO weeks."""
    match period:
        case Period.DAY:
            return day.isoformat()
        case Period.WEEK:
            year, week, _ = day.isocalendar()
            return f"{year}-W{week:02}"
        case Period.MONTH:
            return f"{day.year:04}-{day.month:02}"
        case Period.QUARTER:
            return f"{day.year:04}-Q{(day.month + 2) // 3}"
        case Period.HALF_YEAR:
            return f"{day.year:04}-H{(day.month + 5) // 6}"
        case Period.YEAR:
            return f"{day.year:04}"
        case _:
            return "always"


def add_months(day: date, months: int) -> date:
    """The same day some months on, or the last day of a shorter month: 31 January + 1 month is 28 February (R26)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def period_end(day: date, end: PeriodEnd) -> date:
    """The last day of the month, quarter, half-year or year around the day."""
    months = _MONTHS[end]
    month = (day.month + months - 1) // months * months
    return date(day.year, month, monthrange(day.year, month)[1])


def last_moment(day: date, zone: tzinfo) -> datetime:
    """The last microsecond of a local day, so that the moment's date in that zone is the date that people read."""
    return datetime.combine(day, _LAST, zone).astimezone(UTC)


def first_moment(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def days_after(day: date, days: int) -> date:
    return day + timedelta(days=days)
