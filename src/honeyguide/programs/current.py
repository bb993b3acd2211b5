"""The programs as a process knows them now: polled twice a second, kept while the database is down."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from honeyguide.database import Database
from honeyguide.programs import store
from honeyguide.programs.findings import ProgramInvalid
from honeyguide.programs.program import Program, load

POLL_SECONDS = 0.5
_PAST_VERSIONS = 64
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Applied:
    """A program as it was applied: the version that a transaction keeps, what it means, and the file itself."""

    program_id: UUID
    version: int
    program: Program
    source: str


class UnknownProgram(LookupError):
    """There is no such program or version, or this process has not heard of it yet."""


class Programs:
    """The newest version of every program, and past ones on demand."""

    def __init__(self) -> None:
        self._database: Database | None = None
        self._current: dict[UUID, Applied] = {}
        self._past: OrderedDict[tuple[UUID, int], Applied] = OrderedDict()
        self._polling: asyncio.Task[None] | None = None
        self._is_down = False
        self._unreadable: set[tuple[UUID, int]] = set()

    async def start(self, database: Database) -> None:
        """Read once, then go on polling; a database that is down delays the programs and raises nothing."""
        self._database = database
        await self._try_refresh()
        self._polling = asyncio.create_task(self._poll(), name="programs")

    async def close(self) -> None:
        if self._polling is not None:
            self._polling.cancel()
            with suppress(asyncio.CancelledError):
                await self._polling

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

    async def refresh(self) -> None:
        """Take up what was applied since; raises what the database raises."""
        if self._database is None:
            return
        for program_id, version in (await store.newest_versions(self._database.pool)).items():
            known = self._current.get(program_id)
            if (known is None or known.version < version) and (program_id, version) not in self._unreadable:
                await self._take_up(program_id, version)

    async def _take_up(self, program_id: UUID, version: int) -> None:
        try:
            self._current[program_id] = await self._read(program_id, version)
        except UnknownProgram as error:
            # Only a release that reads files more strictly can bring this about: the version before stays in force.
            self._unreadable.add((program_id, version))
            _log.error("program %s version %s cannot be taken up: %s", program_id, version, error)

    async def _read(self, program_id: UUID, version: int) -> Applied:
        if self._database is None:
            raise UnknownProgram("not started")
        source = await store.version_source(self._database.pool, program_id, version)
        if source is None:
            raise UnknownProgram(f"no version {version} of program {program_id}")
        program = await asyncio.to_thread(load, source)
        if isinstance(program, ProgramInvalid):
            raise UnknownProgram(f"version {version} of program {program_id} is invalid: {program.findings[0]}")
        applied = Applied(program_id, version, program, source)
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
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
            if not self._is_down:
                _log.warning("programs cannot be read (%s); the last known ones stay in force", type(error).__name__)
            self._is_down = True
        else:
            self._is_down = False
