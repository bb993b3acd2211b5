"""Which credentials are revoked, known in memory and never older than half a second while the database answers."""

from __future__ import annotations

import asyncio
import logging

import asyncpg

from honeyguide.database import Database
from honeyguide.database.database import DOWN
from honeyguide.identity import store

POLL_SECONDS = 0.5
REVOCATION_SECONDS = 1.0  # the promise: a revoked credential's tokens end within it in every process

_log = logging.getLogger(__name__)


class Revocations:
    """Polls for revoked credentials; `epoch` rises when the set changes, and whoever cached a token must look again."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._revoked: frozenset[str] = frozenset()
        self._task: asyncio.Task[None] | None = None
        self._is_down = False
        self.epoch = 0

    def is_revoked(self, client_id: str | None) -> bool:
        return client_id in self._revoked

    async def start(self) -> None:
        """Read once, then go on polling; a database that is down does not stop the server from starting."""
        await self._try_refresh()
        self._task = asyncio.create_task(self._poll(), name="revocations")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def refresh(self) -> None:
        """Look now: the process that revokes must not wait for its own poll."""
        revoked = await store.revoked_credentials(self._database.pool)
        if revoked != self._revoked:
            self._revoked = revoked
            self.epoch += 1

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            await self._try_refresh()

    async def _try_refresh(self) -> None:
        try:
            await asyncio.wait_for(self.refresh(), REVOCATION_SECONDS * 5)
            self._is_down = False
        except (*DOWN, asyncpg.PostgresError, TimeoutError) as error:
            if not self._is_down:
                _log.warning("revocations cannot be read: %s", type(error).__name__)
            self._is_down = True
        except Exception:  # noqa: BLE001 - a poll that died silently would keep revoked tokens alive for half an hour
            _log.exception("revocations cannot be read")
