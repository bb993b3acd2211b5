"""What a process learns of phones while it answers them, brought to the database once a second: waits, and lines they logged."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter

import asyncpg

from honeyguide.caller import Clock
from honeyguide.database import Database
from honeyguide.database.database import DOWN
from honeyguide.endings import ended
from honeyguide.wallet.phones import phone_log
from honeyguide.wallet.phones.device_log import DeviceLog
from honeyguide.wallet.phones.lags import What, step_ms
from honeyguide.wallet.phones.metrics import COMMIT_TO
from honeyguide.wallet.publishing.outbox import bump_lags

_log = logging.getLogger(__name__)
_SECONDS = 1.0


class PhoneNotes:
    """Counts and at most 200 lines; what a killed process had not written yet is not worth a write a request."""

    def __init__(self) -> None:
        self.log = DeviceLog()
        self._lags: Counter[tuple[What, int]] = Counter()
        self._task: asyncio.Task[None] | None = None

    def waited(self, what: What, seconds: float) -> None:
        """A phone was pushed, or fetched, so long after the commit."""
        COMMIT_TO[what].observe(max(seconds, 0.0))
        self._lags[what, step_ms(seconds)] += 1

    async def write(self, database: Database, clock: Clock) -> None:
        """Bring what was noted to the database; what it does not take now is kept for the next time."""
        lags, lines = self._lags.copy(), self.log.take_unwritten()
        self._lags.clear()
        try:
            await bump_lags(database.pool, clock(), lags)
            lags = Counter()
            await phone_log.keep_lines(database.pool, lines)
        except BaseException:
            self._lags.update(lags)
            self.log.put_back(lines)
            raise

    def start(self, database: Database, clock: Clock) -> None:
        self._task = asyncio.create_task(self._run(database, clock), name="phone notes")

    async def close(self) -> None:
        await ended(self._task)

    async def _run(self, database: Database, clock: Clock) -> None:
        while True:
            await asyncio.sleep(_SECONDS)
            try:
                await self.write(database, clock)
            except (*DOWN, asyncpg.PostgresError, TimeoutError) as error:
                _log.debug("notes of phones are not written: %s", type(error).__name__)
            except Exception:  # noqa: BLE001 - figures for the operator must not end for ever
                _log.exception("notes of phones are not written")
