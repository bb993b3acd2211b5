"""Order for each object: one call at a time, and of what waits only the newest version is sent (G6, G9)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Turn:
    newest: int
    users: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Turns:
    """Knows only objects that are being sent; across processes the lease of a pass keeps the order."""

    def __init__(self) -> None:
        self._turns: dict[str, _Turn] = {}

    @asynccontextmanager
    async def take(self, object_id: str, version: int) -> AsyncIterator[bool]:
        """Wait for this object's turn; False where a newer version was asked for meanwhile."""
        turn = self._turns.setdefault(object_id, _Turn(version))
        turn.newest = max(turn.newest, version)
        turn.users += 1
        try:
            async with turn.lock:
                yield version >= turn.newest
        finally:
            turn.users -= 1
            if turn.users == 0:
                self._turns.pop(object_id, None)
