"""How much the Google simulator lets through, and how slowly: calls a second, notifications a day, answers as late as Google's."""

from __future__ import annotations

import math
import random
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

NOTIFICATIONS_A_DAY = 3


class Rate:
    """Takes so many calls in any second of real time, as Google counts them for a project (G9)."""

    def __init__(self, per_second: int) -> None:
        self.per_second = per_second
        self._times: deque[float] = deque()

    def take(self) -> bool:
        now = time.monotonic()
        while self._times and self._times[0] <= now - 1:
            self._times.popleft()
        if len(self._times) >= self.per_second:
            return False
        self._times.append(now)
        return True


class Notifications:
    """Three times in 24 hours a pass may wake its owner, by update or by message (G8)."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.times: dict[str, list[datetime]] = {}

    def use_up(self, object_id: str) -> None:
        self.times[object_id] = [self._clock()] * NOTIFICATIONS_A_DAY

    def take(self, object_id: str) -> bool:
        now = self._clock()
        recent = [at for at in self.times.get(object_id, ()) if at > now - timedelta(hours=24)]
        if len(recent) >= NOTIFICATIONS_A_DAY:
            return False
        self.times[object_id] = [*recent, now]
        return True


def google_latency(seed: int = 0, *, median: float = 0.3, p99: float = 5.0, most: float = 12.0) -> Callable[[], float]:
    """Seconds until an answer, one after the other: log-normal with this median and p99, as Google's FAQ tells of its API (G9)."""
    chance = random.Random(seed)  # noqa: S311  a simulation, no secret
    width = math.log(p99 / median) / 2.326
    return lambda: min(chance.lognormvariate(math.log(median), width), most)
