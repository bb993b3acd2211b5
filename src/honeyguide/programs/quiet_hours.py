"""Hours in which nobody is woken (R57): a time of the day to another, by the clock on the person's wall; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import Field

from honeyguide.programs.scalars import Part, TimeOfDay


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `begin` to before `until`, over midnight where `until` comes first; both the same: there are none."""

    begin: time
    until: time

    def ends(self, zone: ZoneInfo, now: datetime) -> datetime | None:
        """The moment at which the quiet hours that are now end; None where it is not quiet."""
        here = now.astimezone(zone)
        clock = here.time()
        over_midnight = self.until < self.begin
        quiet = clock >= self.begin or clock < self.until if over_midnight else self.begin <= clock < self.until
        if not quiet:
            return None
        day = here.date() + timedelta(days=1) if over_midnight and clock >= self.begin else here.date()
        return datetime.combine(day, self.until, zone).astimezone(UTC)


class QuietHoursTerms(Part):
    """The program's quiet hours, for members who chose none of their own."""

    begin: TimeOfDay = Field(alias="from", description="When it becomes quiet, such as 21:00.")
    until: TimeOfDay = Field(description="When it ends, such as 08:00; earlier than `from`: the next morning.")

    @property
    def hours(self) -> QuietHours:
        return QuietHours(self.begin, self.until)
