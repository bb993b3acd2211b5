"""Wakes subscriptions when the books of their members change; nothing is queued here, for the books are the queue."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from uuid import UUID

import asyncpg

from honeyguide.api.live import metrics
from honeyguide.database import Database, statements
from honeyguide.database.database import DOWN
from honeyguide.database.notices import Notices
from honeyguide.endings import ended
from honeyguide.till.posted import POSTED, name_of, names_of

_SQL = statements(__package__, "hub.sql")
_log = logging.getLogger(__name__)

# Notices can be lost: so often the versions of all subscribed members are compared.
COMPARE_SECONDS = 5.0
_CHUNK = 1_000
# Reads of all subscriptions of a process at a time: the rest of the pool is for requests. One of them is never a first read: who comes
# again with thousands of others must not hold up those whose books change.
READS = 4
FIRST_READS = READS - 1


class Wake:
    """What one subscription waits on, `with` it; a wake that comes while nobody waits is kept, several are one."""

    __slots__ = ("_hub", "_set", "_waiter", "member_id", "program_id", "version")

    def __init__(self, hub: Hub, program_id: UUID, member_id: UUID) -> None:
        self._hub, self.program_id, self.member_id = hub, program_id, member_id
        self.version = -1  # of the standing that was read last
        self._set = False
        self._waiter: asyncio.Future[None] | None = None

    def __enter__(self) -> Wake:
        self._hub.join(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._hub.leave(self)

    def set(self) -> None:
        self._set = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def wait(self) -> None:
        """Until the next wake; there is one waiter."""
        if not self._set:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        self._set = False


class Hub:
    """Of one process; hears of posts of all processes by the till's notices, and looks for itself in case one was lost."""

    def __init__(self, database: Database, notices: Notices) -> None:
        self._database = database
        self._wakes: dict[str, list[Wake]] = {}
        self._look = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._reads, self._first_reads = asyncio.Semaphore(READS), asyncio.Semaphore(FIRST_READS)
        notices.hear(POSTED, self._posted, self._look.set)

    def watching(self, program_id: UUID, member_id: UUID) -> Wake:
        """A wake for as long as somebody is interested."""
        return Wake(self, program_id, member_id)

    def join(self, wake: Wake) -> None:
        self._wakes.setdefault(name_of(wake.member_id), []).append(wake)
        metrics.SUBSCRIPTIONS.inc()

    def leave(self, wake: Wake) -> None:
        metrics.SUBSCRIPTIONS.dec()
        name = name_of(wake.member_id)
        others = self._wakes[name]
        others.remove(wake)
        if not others:
            del self._wakes[name]

    @asynccontextmanager
    async def reading(self, *, first: bool) -> AsyncIterator[None]:
        """A place to read; `first` reads wait for each other before they wait for one."""
        async with self._first_reads if first else nullcontext(), self._reads:
            yield

    def start(self) -> None:
        self._task = asyncio.create_task(self._compare_again(), name="live subscriptions")

    async def close(self) -> None:
        await ended(self._task)

    def _posted(self, payload: str) -> None:
        names = names_of(payload)
        if not names:
            self._look.set()
        for name in names:
            for wake in self._wakes.get(name, ()):
                wake.set()

    async def _compare_again(self) -> None:
        while True:
            try:
                async with asyncio.timeout(COMPARE_SECONDS):
                    await self._look.wait()
            except TimeoutError:
                pass
            self._look.clear()
            try:
                await self._compare()
            except (*DOWN, asyncpg.PostgresError, TimeoutError) as error:
                _log.debug("subscriptions wait for the database: %s", type(error).__name__)
                await asyncio.sleep(COMPARE_SECONDS / 5)
                self._look.set()
            except Exception:  # noqa: BLE001 - without it a lost notice would be lost for good
                _log.exception("subscriptions cannot be compared with the books")
                await asyncio.sleep(COMPARE_SECONDS)

    async def _compare(self) -> None:
        """Wake whoever read another version than the books have by now."""
        wakes = [wake for named in self._wakes.values() for wake in named]
        for start in range(0, len(wakes), _CHUNK):
            chunk = wakes[start : start + _CHUNK]
            columns = ([w.program_id for w in chunk], [w.member_id for w in chunk], [w.version for w in chunk])
            async with self.reading(first=False):
                rows = await self._database.pool.fetch(_SQL["changed"], *columns)
            for row in rows:
                chunk[row["place"] - 1].set()
