"""The till of a process: lanes by member, so that intents of one member are decided one after the other."""

from __future__ import annotations

import asyncio

import asyncpg

from honeyguide.caller import Clock
from honeyguide.database import prepare_connection
from honeyguide.till.intent import Intent
from honeyguide.till.lane import Lane
from honeyguide.till.outcomes import Outcome


class Till:
    """Takes intents and answers each; needs no database to start, and recovers by itself when one comes back."""

    def __init__(
        self,
        database_url: str,
        clock: Clock,
        *,
        lanes: int = 2,
        queue_bound: int = 2_000,
        batch_size: int = 64,
        lock_timeout_ms: int = 3_000,
    ) -> None:
        async def connect() -> asyncpg.Connection:
            connection = await asyncpg.connect(
                database_url,
                timeout=5,
                server_settings={
                    "application_name": "honeyguide till",
                    "timezone": "UTC",
                    # Plans cached while tables were empty made the read 25 times slower.
                    "plan_cache_mode": "force_custom_plan",
                    "lock_timeout": f"{lock_timeout_ms}ms",
                    "statement_timeout": "10s",
                    "idle_in_transaction_session_timeout": "10s",
                    "jit": "off",
                },
            )
            try:
                await prepare_connection(connection)
            except BaseException:  # given up too: a connection that nobody holds would stay open
                connection.terminate()
                raise
            return connection

        self._lanes = [Lane(connect, clock, queue_bound=queue_bound, batch_size=batch_size) for _ in range(lanes)]

    async def submit(self, intent: Intent) -> Outcome:
        """Wait for the intent's own answer; raises what its decision raised, which is a bug or an outage."""
        lane = self._lanes[intent.member_id.int % len(self._lanes)]
        return await lane.submit(intent)

    async def stop(self) -> None:
        """Answer what is queued, then close the lanes' connections."""
        await asyncio.gather(*(lane.drain() for lane in self._lanes))
