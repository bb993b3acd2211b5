"""That nobody can tell two answers apart by the time they take, measured so that a busy machine neither fails nor passes it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

ROUNDS = 100


async def assert_same_time(ways: Mapping[str, Callable[[], Awaitable[object]]], *, within: float) -> None:
    """The best time of each way, in seconds, is the same: in turns, so that the machine is busy for all; and again, while one had no luck yet.

    A way that does more work is slower in its best time, too, however often it is tried.
    """
    loop = asyncio.get_running_loop()
    best = dict.fromkeys(ways, float("inf"))
    for number in range(ROUNDS):
        for name, ask in ways.items():
            began = loop.time()
            await ask()
            best[name] = min(best[name], loop.time() - began)
        if number >= 5 and max(best.values()) - min(best.values()) < within:
            return
    raise AssertionError(best)
