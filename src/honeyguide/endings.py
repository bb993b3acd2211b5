"""How background work is ended: for certain, and within a bound."""

from __future__ import annotations

import asyncio
import logging
from time import monotonic
from typing import Any

AGAIN_SECONDS = 1.0  # what a task may take to clean up before it is asked again
PATIENCE_SECONDS = 15.0
_log = logging.getLogger(__name__)


async def ended(*tasks: asyncio.Task[Any] | None, patience: float = PATIENCE_SECONDS) -> None:
    """Cancel tasks, and return when each is over; whoever is not after so many seconds is told of in the log and left behind.

    They are cancelled again and again: a library that catches a cancellation in the moment in which what it waits for ends
    (asyncio.wait_for before Python 3.12, gh-86296) loses it, and its task would go on for ever.
    """
    working = {task for task in tasks if task is not None}
    until = monotonic() + patience
    while working and monotonic() < until:
        for task in working:
            task.cancel()
        over, working = await asyncio.wait(working, timeout=min(AGAIN_SECONDS, patience))
        for task in over:
            if not task.cancelled():
                task.exception()  # who failed has said so; asyncio need not say it again
    for task in working:
        _log.error("%s does not end", task.get_name())
