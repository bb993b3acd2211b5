"""The programs as a process knows them now: polled twice a second, kept while the database is down."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from honeyguide.database import Database
from honeyguide.database.database import DOWN
from honeyguide.endings import ended
from honeyguide.programs import store
from honeyguide.programs.findings import ProgramInvalid
from honeyguide.programs.program import Program, load

POLL_SECONDS = 0.5
_PAST_VERSIONS = 64
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Applied:
    """A program as it was applied: the version that a transaction keeps, what it means, the file itself, and since when it is in force."""

    program_id: UUID
    version: int
    program: Program
    source: str
    applied_at: datetime


class UnknownProgram(LookupError):
    """There is no such program or version, or this process has not heard of it yet."""


class Programs:
    """The newest version of every program, and past ones on demand."""

    def __init__(self) -> None:
        self._database: Database | None = None
        self._current: dict[UUID, Applied] = {}
        self._past: OrderedDict[tuple[UUID, int], Applied] = OrderedDict()
        self._history: dict[UUID, tuple[tuple[int, datetime], ...]] = {}
        self._polling: asyncio.Task[None] | None = None
        self._is_down = False
        self._unreadable: set[tuple[UUID, int]] = set()

    async def start(self, database: Database) -> None:
        """Read once, then go on polling; a database that is down delays the programs and raises nothing."""
        self._database = database
        await self._try_refresh()
        self._polling = asyncio.create_task(self._poll(), name="programs")

    async def close(self) -> None:
        await ended(self._polling)

    def ids(self) -> tuple[UUID, ...]:
        return tuple(self._current)

    def current(self, program_id: UUID) -> Applied:
        """The newest version; raises UnknownProgram."""
        try:
            return self._current[program_id]
        except KeyError:
            raise UnknownProgram(f"no program {program_id}") from None

    async def at(self, program_id: UUID, version: int) -> Applied:
        """One version, the newest or a past one; raises UnknownProgram."""
        applied = self._current.get(program_id)
        if applied is not None and applied.version == version:
            return applied
        applied = self._past.get((program_id, version))
        return applied if applied is not None else await self._read(program_id, version)

    async def as_of(self, program_id: UUID, moment: datetime) -> Applied:
        """The version in force at that moment, the first one before there was any (R10); no I/O from the newest version's moment on.

        A version that this release no longer reads gives way to the one after it. Raises UnknownProgram and what the database raises.
        """
        current = self.current(program_id)
        if moment >= current.applied_at:
            return current
        for version in self._versions_since(current, moment):
            if (program_id, version) not in self._unreadable:
                try:
                    return await self.at(program_id, version)
                except UnknownProgram as error:
                    self._cannot_read(program_id, version, error)
        return current

    async def refresh(self) -> None:
        """Take up what was applied since; raises what the database raises."""
        if self._database is None:
            return
        for program_id, version in (await store.newest_versions(self._database.pool)).items():
            known = self._current.get(program_id)
            if (known is None or known.version < version) and (program_id, version) not in self._unreadable:
                await self._take_up(program_id, version)

    def _versions_since(self, current: Applied, moment: datetime) -> list[int]:
        """The version in force at a moment before the current one's, and those between the two."""
        earlier = [(version, applied_at) for version, applied_at in self._history[current.program_id] if version < current.version]
        in_force = [version for version, applied_at in earlier if applied_at <= moment]
        return [version for version, _ in earlier if not in_force or version >= in_force[-1]]

    async def _take_up(self, program_id: UUID, version: int) -> None:
        try:
            applied = await self._read(program_id, version)
        except UnknownProgram as error:
            self._cannot_read(program_id, version, error)
            return
        # The history first: whoever sees the new version must find the one before it.
        self._history[program_id] = await store.version_history(self._connected.pool, program_id)
        self._current[program_id] = applied

    def _cannot_read(self, program_id: UUID, version: int, error: UnknownProgram) -> None:
        # Only a release that reads files more strictly can bring this about: another version stands in.
        self._unreadable.add((program_id, version))
        _log.error("program %s version %s cannot be read: %s", program_id, version, error)

    @property
    def _connected(self) -> Database:
        if self._database is None:
            raise UnknownProgram("not started")
        return self._database

    async def _read(self, program_id: UUID, version: int) -> Applied:
        found = await store.version_source(self._connected.pool, program_id, version)
        if found is None:
            raise UnknownProgram(f"no version {version} of program {program_id}")
        source, applied_at = found
        program = await asyncio.to_thread(load, source)
        if isinstance(program, ProgramInvalid):
            raise UnknownProgram(f"version {version} of program {program_id} is invalid: {program.findings[0]}")
        applied = Applied(program_id, version, program, source, applied_at)
        self._past[program_id, version] = applied
        if len(self._past) > _PAST_VERSIONS:
            self._past.popitem(last=False)
        return applied

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            await self._try_refresh()

    async def _try_refresh(self) -> None:
        try:
            await self.refresh()
        except (*DOWN, asyncpg.PostgresError, TimeoutError) as error:
            if not self._is_down:
                _log.warning("programs cannot be read (%s); the last known ones stay in force", type(error).__name__)
            self._is_down = True
        else:
            self._is_down = False
