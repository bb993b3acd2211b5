"""Makes races certain: somebody holds a lock, the test sees in pg_stat_activity who waits for it, and then lets go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

PATIENCE_SECONDS = 10


@dataclass
class Holder:
    """A connection in an open transaction, and a second one that looks at the others."""

    holding: asyncpg.Connection
    looking: asyncpg.Connection

    async def waiting(self, count: int, application: str = "honeyguide till") -> None:
        """Until so many connections of an application wait for a lock."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await self.count_waiting(application) < count:  # noqa: ASYNC110 - PostgreSQL sets no event here
                await asyncio.sleep(0.005)

    async def count_waiting(self, application: str = "honeyguide till") -> int:
        return int(await self.looking.fetchval(_WAITING, application))

    async def let_go(self) -> None:
        await self.holding.execute("ROLLBACK")


_WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = $1 AND wait_event_type = 'Lock'
"""


@asynccontextmanager
async def holding(superuser_url: str, statement: str, *arguments: object) -> AsyncIterator[Holder]:
    """Run one statement and keep its locks until `let_go`."""
    holder = Holder(await asyncpg.connect(superuser_url), await asyncpg.connect(superuser_url))
    try:
        await holder.holding.execute("BEGIN")
        await holder.holding.execute(statement, *arguments)
        yield holder
    finally:
        await holder.holding.close()
        await holder.looking.close()


# Batches open, lock and read freely; none can write before it is let go.
NO_WRITES = "LOCK TABLE transaction IN SHARE MODE"
