"""Answers leave on a grid of time, so that what is done for somebody who is known, and not for a stranger, does not show."""

from __future__ import annotations

import asyncio

ANSWER_GRID_SECONDS = 0.025


class OnTheGrid:
    """Time from here until `leave` is a whole number of steps, in seconds."""

    def __init__(self, step: float = ANSWER_GRID_SECONDS) -> None:
        self._loop, self._step = asyncio.get_running_loop(), step
        self._started = self._loop.time()

    async def leave(self) -> None:
        await asyncio.sleep(-(self._loop.time() - self._started) % self._step)
