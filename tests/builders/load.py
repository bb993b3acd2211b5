"""Clients that work while a fault happens to them: what one of them raises is heard at once, and none is left behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

PATIENCE_SECONDS = 60


@dataclass
class Load:
    clients: list[asyncio.Task[None]]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Goes on within milliseconds of the condition's coming true, and leaves the processor to those who work."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition():
                for client in self.clients:
                    if client.done():
                        client.result()
                assert not all(client.done() for client in self.clients), "the load ended before the fault"
                await asyncio.sleep(0.002)

    async def finish(self) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.gather(*self.clients)


@asynccontextmanager
async def under_load(clients: Iterable[Coroutine[Any, Any, None]]) -> AsyncIterator[Load]:
    load = Load([asyncio.create_task(client) for client in clients])
    try:
        yield load
    finally:
        for client in load.clients:
            client.cancel()
        await asyncio.gather(*load.clients, return_exceptions=True)
