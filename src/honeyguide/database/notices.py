"""What other processes say by NOTIFY: one connection of a process listens, and comes back by itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import asyncpg

from honeyguide.database.database import CONNECT_SECONDS, DOWN
from honeyguide.endings import ended

_log = logging.getLogger(__name__)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
# A connection that fell silent is found by asking.
PROBE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Heard:
    """`notice` hears each payload; `missed` is told that notices may have been lost, for the connection is new."""

    notice: Callable[[str], None]
    missed: Callable[[], None]


class Notices:
    """A notice can always be lost: whoever hears must be able to find out by looking, and is told when to look."""

    def __init__(self, url: str, name: str = "honeyguide notices") -> None:
        self._url, self._name = url, name
        self._heard: dict[str, Heard] = {}
        self._task: asyncio.Task[None] | None = None

    def hear(self, channel: str, notice: Callable[[str], None], missed: Callable[[], None]) -> None:
        """Before `start`; the callbacks must not block, nor raise."""
        self._heard[channel] = Heard(notice, missed)

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="notices")

    async def close(self) -> None:
        await ended(self._task)

    async def _run(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            try:
                await self._listen()
                pause = _FIRST_PAUSE
            except (*DOWN, asyncpg.PostgresError, TimeoutError) as error:
                _log.debug("notices are not heard: %s", type(error).__name__)
                pause = min(pause * 2, _LONGEST_PAUSE)
            except Exception:  # noqa: BLE001 - without it nobody would hear anything until the next start
                _log.exception("notices are not heard")
                pause = _LONGEST_PAUSE
            await asyncio.sleep(pause)

    async def _listen(self) -> None:
        """Until the connection is lost."""
        connection = await asyncpg.connect(self._url, timeout=CONNECT_SECONDS, server_settings={"application_name": self._name})
        try:
            lost = asyncio.Event()
            connection.add_termination_listener(lambda _: lost.set())
            for channel, heard in self._heard.items():
                await connection.add_listener(channel, lambda _c, _p, _n, payload, heard=heard: heard.notice(payload))
            for heard in self._heard.values():
                heard.missed()
            while not lost.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(PROBE_SECONDS):
                        await lost.wait()
                if not lost.is_set():
                    await connection.execute("SELECT 1", timeout=CONNECT_SECONDS)
        finally:
            connection.terminate()
