"""Waits for what comes by itself: at once when it is there, and long enough for a busy machine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

PATIENCE_SECONDS = 15


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    """Until it holds; TimeoutError when it never does. What must come within a second is promised by the poll's interval, which tests compare."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await holds():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.02)
