"""What every process must know at once, such as revoked credentials: in memory, half a second old at most while the database answers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from honeyguide.database import Database, statements
from honeyguide.database.database import DOWN
from honeyguide.endings import ended
from honeyguide.identity.sessions.store import ENDED_SESSIONS

POLL_SECONDS = 0.5
REVOCATION_SECONDS = 1.0  # the promise: a revoked credential's tokens end within it in every process
CREDENTIALS = "credential"
SESSIONS = "session"

_SQL = statements(__package__, "identity.sql")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Watched:
    """A set to know at once: a statement without arguments and with one text column; `changed` hears the whole set when it differs."""

    name: str
    statement: str
    changed: Callable[[frozenset[str]], None]


class Revocations:
    """Polls all watched sets in one round trip; `epoch` rises when one changes, and whoever cached a token must look again."""

    def __init__(self, database: Database, *watched: Watched) -> None:
        self._database = database
        self._revoked: frozenset[str] = frozenset()
        self._ended: frozenset[str] = frozenset()
        own = Watched(CREDENTIALS, _SQL["revoked_credentials"], self._credentials), Watched(SESSIONS, ENDED_SESSIONS, self._sessions)
        self._watched = {one.name: one for one in (*own, *watched)}
        self._known: dict[str, frozenset[str]] = {name: frozenset() for name in self._watched}
        self._statement = _union(self._watched)
        self._task: asyncio.Task[None] | None = None
        self._is_down = False
        self._turn = asyncio.Lock()
        self.epoch = 0

    def is_revoked(self, client_id: str | None, session_id: UUID | None = None) -> bool:
        return client_id in self._revoked or (session_id is not None and str(session_id) in self._ended)

    async def start(self) -> None:
        """Read once, then go on polling; a database that is down does not stop the server from starting."""
        await self._try_refresh()
        self._task = asyncio.create_task(self._poll(), name="revocations")

    async def close(self) -> None:
        await ended(self._task)

    async def refresh(self) -> None:
        """Look now: the process that revokes must not wait for its own poll."""
        async with self._turn:  # one after the other: an older answer that came late would take a revocation back
            found: dict[str, set[str]] = {name: set() for name in self._watched}
            for row in await self._database.pool.fetch(self._statement):
                found[row["name"]].add(row["value"])
            for name, values in found.items():
                if values != self._known[name]:
                    self._known[name] = frozenset(values)
                    self._watched[name].changed(self._known[name])
                    self.epoch += 1

    def _sessions(self, ended: frozenset[str]) -> None:
        self._ended = ended

    def _credentials(self, revoked: frozenset[str]) -> None:
        self._revoked = revoked

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            await self._try_refresh()

    async def _try_refresh(self) -> None:
        try:
            async with asyncio.timeout(REVOCATION_SECONDS * 5):
                await self.refresh()
            self._is_down = False
        except (*DOWN, asyncpg.PostgresError, TimeoutError) as error:
            if not self._is_down:
                _log.warning("revocations cannot be read: %s", type(error).__name__)
            self._is_down = True
        except Exception:  # noqa: BLE001 - a poll that died silently would keep revoked tokens alive for half an hour
            _log.exception("revocations cannot be read")


def _union(watched: dict[str, Watched]) -> str:
    """One statement for all; names are ours, never anybody's input."""
    parts = (f"SELECT '{one.name}' AS name, value FROM (\n{one.statement}\n) AS one (value)" for one in watched.values())  # noqa: S608
    return "\nUNION ALL\n".join(parts)
