"""How fast we may call Google, and how long to wait after it said no (G9)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Protocol

from honeyguide.settings import Settings

PER_SECOND = 18.0  # Google allows 20 a second for each project; the rest is for consoles and clocks that differ
BURST = 2  # 18 + 2: no second of any clock sees more than 20


def calls_per_second(settings: Settings) -> float:
    """Of all processes together: a tenth of Google's limit is left to consoles, and to clocks that differ."""
    return 0.9 * settings.google_requests_per_second


class Limiter(Protocol):
    """A token bucket in which callers queue; one for each Google project, shared by all that call it."""

    async def turn(self, calls: int = 1) -> None:
        """Wait for the next turn; a batch takes as many as it has calls, for Google counts each of them."""

    async def hold_back(self, pause: timedelta) -> None:
        """Google said it is too much: nobody gets a turn for this long."""


class OwnLimiter:
    """The bucket of a single process: of tests, and of commands that call Google a few times."""

    def __init__(self, per_second: float = PER_SECOND, burst: int = BURST) -> None:
        self._interval = 1 / per_second
        self._ahead = (burst - 1) * self._interval
        self._next = 0.0

    async def turn(self, calls: int = 1) -> None:
        now = asyncio.get_running_loop().time()
        at = max(self._next, now)
        self._next = at + self._interval * calls
        if (delay := at - self._ahead - now) > 0:
            await asyncio.sleep(delay)

    async def hold_back(self, pause: timedelta) -> None:
        now = asyncio.get_running_loop().time()
        self._next = max(self._next, now + self._ahead + pause.total_seconds())


def backoff(attempts: int, jitter: float, *, first: float = 1.0, at_most: float = 600.0) -> timedelta:
    """How long to wait after so many failed attempts (1, 2, ...): doubling, with a jitter in [0, 1) so that not all come back at once."""
    return timedelta(seconds=min(at_most, first * 2.0 ** min(max(attempts, 1) - 1, 30)) * (0.5 + jitter / 2))
