"""How often the worker looks and how long it waits; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Timing:
    """How often the worker looks, how long a killed worker's leases last, and how pushes to one phone are spread."""

    poll: timedelta = timedelta(milliseconds=150)
    lease: timedelta = timedelta(seconds=30)  # longer than a push or a request to Google may take
    coalesce: timedelta = timedelta(seconds=1)  # N9
    sweep: timedelta = timedelta(seconds=30)
    silent_after: timedelta = timedelta(minutes=15)  # N10
    back_off_at_most: timedelta = timedelta(minutes=15)

    def later(self, now: datetime, attempts: int, jitter: float) -> datetime:
        """When to try again after so many attempts; `jitter` is 0 to 1."""
        pause = min(self.back_off_at_most, timedelta(seconds=2 ** min(attempts, 12))) * (0.5 + jitter / 2)
        return now + pause
