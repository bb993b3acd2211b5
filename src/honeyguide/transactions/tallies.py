"""Counts what cashiers, shops, partners and credentials do, across members and processes, without a round trip or a row that all wait for."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from honeyguide.database import Database, Executor, statements
from honeyguide.database.database import DOWN
from honeyguide.endings import ended

FLUSH_SECONDS = 1.0  # what passes in it, in each process, is the most by which a limit is overshot
MOST_SUBJECTS = 50_000
MINUTES_KEPT = timedelta(hours=3)  # longer than any pace looks back
_SQL = statements(__package__, "tallies.sql")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a rule lets a subject do: so many posts, so much money, on a local day or within so many minutes."""

    subject: str
    day: str
    minutes: int | None
    posts: int | None
    amount: int | None
    reason: str


@dataclass(slots=True)
class _Cell:
    over_at: datetime
    posts: int = 0
    amount: int = 0
    new_posts: int = 0  # not written yet
    new_amount: int = 0

    def add(self, posts: int, amount: int) -> None:
        self.posts += posts
        self.amount += amount
        self.new_posts += posts
        self.new_amount += amount


@dataclass(slots=True)
class _Subject:
    cells: dict[str, _Cell] = field(default_factory=dict)

    def drop(self, now: datetime) -> None:
        """Minutes and days that nobody asks for any more."""
        for period in [period for period, cell in self.cells.items() if cell.over_at < now and not cell.new_posts]:
            del self.cells[period]

    @property
    def is_written(self) -> bool:
        return not any(cell.new_posts or cell.new_amount for cell in self.cells.values())


Name = tuple[UUID, str]


class Tallies:
    """One a process; `take` is decided in memory, and what was counted reaches the other processes within FLUSH_SECONDS."""

    def __init__(self, most: int = MOST_SUBJECTS) -> None:
        self._most = most
        self._subjects: OrderedDict[Name, _Subject] = OrderedDict()
        self._asked: set[Name] = set()
        self._now = datetime.fromtimestamp(0, UTC)
        self._task: asyncio.Task[None] | None = None
        self._database: Database | None = None
        self._is_down = False

    def take(self, program_id: UUID, wanted: Sequence[Wanted], amount: int, now: datetime) -> Wanted | None:
        """Count one post of `amount`, or count nothing and give the first rule that stands against it."""
        self._now = max(self._now, now)
        for one in wanted:
            posts, spent = self._used(program_id, one, now)
            if (one.posts is not None and posts + 1 > one.posts) or (one.amount is not None and spent + amount > one.amount):
                return one
        self._add(program_id, wanted, 1, amount, now)
        return None

    def give_back(self, program_id: UUID, wanted: Sequence[Wanted], amount: int, now: datetime) -> None:
        """What `take` counted did not happen: it was refused, or had happened before."""
        self._add(program_id, wanted, -1, -amount, now)

    def start(self, database: Database) -> None:
        self._database = database
        self._task = asyncio.create_task(self._run(), name="tallies")

    async def close(self) -> None:
        """Write what was counted last; a database that is away costs those counts only."""
        await ended(self._task)
        await self._try_flush()

    async def flush(self, executor: Executor) -> None:
        """Write what is new and read what all processes counted for whom was asked about, in one statement."""
        asked, self._asked = self._asked, set()
        new = [row for name in asked if name in self._subjects for row in _new_rows(name, self._subjects[name])]
        for *_, cell in new:
            cell.new_posts = cell.new_amount = 0
        columns = list(zip(*(row[:-1] for row in new), strict=True)) or [()] * 6
        programs, subjects = zip(*asked, strict=True) if asked else ((), ())
        try:
            rows = await executor.fetch(
                _SQL["write_tallies"], *(list(column) for column in columns), list(programs), list(subjects), self._now
            )
        except BaseException:  # counted again with the next: too much rather than too little
            for _, _, _, posts, amount, _, cell in new:
                cell.new_posts += posts
                cell.new_amount += amount
            self._asked |= asked
            raise
        for row in rows:
            self._heard((row["program_id"], row["subject"]), row["period"], row["posts"], row["amount"], row["over_at"])

    def _used(self, program_id: UUID, one: Wanted, now: datetime) -> tuple[int, int]:
        subject = self._subjects.get((program_id, one.subject))
        if subject is None:
            return 0, 0
        if one.minutes is None:
            cell = subject.cells.get(one.day)
            return (cell.posts, cell.amount) if cell else (0, 0)
        # The minute that runs is not over: one more is looked at, so that no window of so many minutes holds more.
        since = datetime.fromtimestamp((_minute(now) - one.minutes) * 60, UTC) + MINUTES_KEPT
        cells = [cell for period, cell in subject.cells.items() if period[0] == "m" and cell.over_at >= since]
        return sum(cell.posts for cell in cells), sum(cell.amount for cell in cells)

    def _add(self, program_id: UUID, wanted: Sequence[Wanted], posts: int, amount: int, now: datetime) -> None:
        # Two rules of one subject, or two paces, share a cell.
        for subject, period, over_at in {_cell_of(one, now) for one in wanted}:
            name = (program_id, subject)
            self._asked.add(name)
            kept = self._subjects.setdefault(name, _Subject())
            self._subjects.move_to_end(name)
            kept.cells.setdefault(period, _Cell(over_at)).add(posts, amount)
            kept.drop(now)
        self._forget()

    def _heard(self, name: Name, period: str, posts: int, amount: int, over_at: datetime) -> None:
        cell = self._subjects.setdefault(name, _Subject()).cells.setdefault(period, _Cell(over_at))
        cell.posts, cell.amount = posts + cell.new_posts, amount + cell.new_amount

    def _forget(self) -> None:
        """The least used go first, but never what is not written yet."""
        while len(self._subjects) > self._most and next(iter(self._subjects.values())).is_written:
            self._subjects.popitem(last=False)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            await self._try_flush()

    async def _try_flush(self) -> None:
        if not self._asked or self._database is None:
            return
        try:
            async with asyncio.timeout(5 * FLUSH_SECONDS):
                await self.flush(self._database.pool)
            self._is_down = False
        except (*DOWN, asyncpg.PostgresError, TimeoutError) as error:
            if not self._is_down:
                _log.warning("tallies cannot be written: %s", type(error).__name__)
            self._is_down = True


async def drop_tallies(executor: Executor, program_id: UUID, before: datetime, most: int) -> int:
    """What no rule asks for any more; how many rows went."""
    return int(await executor.fetchval(_SQL["drop_tallies"], program_id, before, most))


def _new_rows(name: Name, subject: _Subject) -> Iterable[tuple[UUID, str, str, int, int, datetime, _Cell]]:
    for period, cell in subject.cells.items():
        if cell.new_posts or cell.new_amount:
            yield (*name, period, cell.new_posts, cell.new_amount, cell.over_at, cell)


def _minute(now: datetime) -> int:
    return int(now.timestamp()) // 60


def _cell_of(one: Wanted, now: datetime) -> tuple[str, str, datetime]:
    """Subject, period, and when nobody asks for it any more: a day ends within 26 hours wherever it is, a pace looks back 2 hours."""
    if one.minutes is None:
        return one.subject, one.day, datetime.fromisoformat(one.day).replace(tzinfo=UTC) + timedelta(hours=48)
    minute = _minute(now)
    return one.subject, f"m{minute}", datetime.fromtimestamp(minute * 60, UTC) + MINUTES_KEPT
