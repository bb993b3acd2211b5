"""The bucket of a Google project in the database, so that all processes together stay under its limit (G9)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from honeyguide.database import Database
from honeyguide.wallet.at_google import objects as google_objects
from honeyguide.wallet.google.limiter import BURST, PER_SECOND


class SharedLimiter:
    """One row a project holds when the next call is due."""

    def __init__(self, database: Database, project: str, per_second: float = PER_SECOND, burst: int = BURST) -> None:
        self._database, self._project = database, project
        self._interval, self._ahead = 1 / per_second, (burst - 1) / per_second

    async def turn(self, calls: int = 1) -> None:
        seconds = await google_objects.take_turns(self._database.pool, self._project, timedelta(seconds=self._interval * calls))
        if (delay := seconds - self._ahead) > 0:
            await asyncio.sleep(delay)

    async def hold_back(self, pause: timedelta) -> None:
        await google_objects.hold_back(self._database.pool, self._project, pause + timedelta(seconds=self._ahead))
