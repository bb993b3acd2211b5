"""Where a fault happens: one database, any number of tills on it, and a journal of all that was sent to them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest_asyncio

from builders.intents import PROGRAM
from builders.interleaving import Holder, holding
from builders.journal import Journal, nothing_lost
from builders.mutants import SqlEdit, mutated_sql
from honeyguide.database import Database
from honeyguide.till.till import Till


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Scene:
    database: Database
    url: str
    superuser_url: str
    open_books: Callable[[], Awaitable[UUID]]
    stack: AsyncExitStack
    journal: Journal = field(default_factory=Journal)

    def till(self, clock: Callable[[], datetime] = utc_now, *, url: str | None = None, **settings: Any) -> Till:
        """A till such as another process would have; it stops with the test."""
        till = Till(url or self.url, clock, **{"lanes": 1, **settings})
        self.stack.push_async_callback(till.stop)
        return till

    async def members(self, count: int) -> list[UUID]:
        return [await self.open_books() for _ in range(count)]

    async def nothing_lost(self, now: datetime | None = None) -> None:
        await nothing_lost(self.database.pool, PROGRAM, self.journal, now or utc_now())

    def mutated(self, *edits: SqlEdit) -> AbstractAsyncContextManager[None]:
        return mutated_sql(self.superuser_url, *edits)

    def holding(self, statement: str) -> AbstractAsyncContextManager[Holder]:
        return holding(self.superuser_url, statement)


@pytest_asyncio.fixture
async def scene(
    database: Database, database_url: str, superuser_url: str, open_books: Callable[[], Awaitable[UUID]]
) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        yield Scene(database, database_url, superuser_url, open_books, stack)
