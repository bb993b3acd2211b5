"""The one pool of a process, and transactions on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from honeyguide.database.connections import Connection, PreparedConnection, prepare_connection
from honeyguide.database.migrate import missing_migrations

CONNECT_SECONDS = 5
# Above what the longest read takes, the proof of the books; a database that fell silent is given up after it.
COMMAND_SECONDS = 60
DOWN = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what asyncpg raises between a server's last words and the end of its connection
    asyncpg.TooManyConnectionsError,
)


class Database:
    """Every read and small write of a process goes through this pool; the till's lanes keep connections of their own."""

    def __init__(self, url: str, pool: asyncpg.Pool) -> None:
        self.url = url
        self.pool = pool

    @classmethod
    async def open(cls, url: str, *, pool_size: int = 10) -> Database:
        """Open the pool without connecting: a server starts while its database is down, and recovers by itself."""
        pool = await asyncpg.create_pool(
            url,
            min_size=0,
            max_size=pool_size,
            connection_class=PreparedConnection,
            init=prepare_connection,
            timeout=CONNECT_SECONDS,
            command_timeout=COMMAND_SECONDS,
            # Every wait ends: a process that froze inside a transaction is cut off, who waits for its locks gives up.
            server_settings={
                "application_name": "honeyguide",
                "timezone": "UTC",
                "lock_timeout": "5s",
                "idle_in_transaction_session_timeout": "5s",
                # A server with LLVM, as Debian's, compiled the proof of empty books for two seconds, which then ran in 30 ms.
                "jit": "off",
            },
        )
        return cls(url, pool)

    async def close(self) -> None:
        """Wait for borrowed connections a moment, then cut them: a stopping process must stop."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self.pool.close()
        except TimeoutError:
            self.pool.terminate()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """One transaction on a connection of the pool; an exception rolls it back."""
        async with self.pool.acquire() as connection, connection.transaction():
            yield connection

    async def trouble(self) -> str | None:
        """Why this database cannot serve now, in words for `/readyz`; None when it can."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                missing = await missing_migrations(self.pool)
        except DOWN as error:
            return f"the database does not answer ({type(error).__name__})"
        except TimeoutError:
            return f"the database does not answer within {CONNECT_SECONDS} seconds"
        except asyncpg.PostgresError as error:
            return f"the database refuses ({error.sqlstate} {type(error).__name__}): was `honeyguide migrate` run?"
        return f"{len(missing)} migrations are missing, from {missing[0]}: run `honeyguide migrate`" if missing else None
