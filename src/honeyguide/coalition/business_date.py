"""The business date: the day on the wall calendar of the shop when it happened."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo


def business_date(occurred_at: datetime, location_zone: str | None, program_zone: str) -> date:
    """The date in the location's time zone, else in the program's; both are IANA names."""
    return occurred_at.astimezone(ZoneInfo(location_zone or program_zone)).date()
