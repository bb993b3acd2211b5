"""How fast we may call Google, and how long to wait after it said no (G9)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

PER_SECOND = 18.0  # Google allows 20 a second for each project; the rest is for consoles and clocks that differ
BURST = 2  # 18 + 2: no second of any clock sees more than 20


class Limiter:
    """A token bucket in which callers queue in their order; one for each Google project, shared by all that call it."""

    def __init__(self, per_second: float = PER_SECOND, burst: int = BURST) -> None:
        self._interval = 1 / per_second
        self._ahead = (burst - 1) * self._interval
        self._next = 0.0

    @property
    def queue_seconds(self) -> float:
        """How long a caller that comes now has to wait."""
        return max(0.0, self._next - self._ahead - asyncio.get_running_loop().time())

    async def turn(self) -> None:
        """Wait for the next turn."""
        now = asyncio.get_running_loop().time()
        at = max(self._next, now)
        self._next = at + self._interval
        if (delay := at - self._ahead - now) > 0:
            await asyncio.sleep(delay)

    def hold_back(self, pause: timedelta) -> None:
        """Google said it is too much: nobody gets a turn for this long."""
        now = asyncio.get_running_loop().time()
        self._next = max(self._next, now + self._ahead + pause.total_seconds())


def backoff(attempts: int, jitter: float, *, first: float = 1.0, at_most: float = 600.0) -> timedelta:
    """How long to wait after so many failed attempts (1, 2, ...): doubling, with a jitter in [0, 1) so that not all come back at once."""
    return timedelta(seconds=min(at_most, first * 2.0 ** min(max(attempts, 1) - 1, 30)) * (0.5 + jitter / 2))
