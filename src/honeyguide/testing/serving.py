"""Serve an ASGI application inside this process until told to stop, without touching signals."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Generator
from typing import Any

import uvicorn


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def main_loop(self) -> None:
        """uvicorn looks ten times a second whether to stop; tests start and stop often."""
        ticks = 0
        while not await self.on_tick(ticks):
            ticks = (ticks + 1) % 864_000
            await asyncio.sleep(0.02)


class Serving:
    """`await Serving.start(app, host, port)`; port 0 takes a free one. Raises OSError when the port is taken."""

    def __init__(self, server: uvicorn.Server, task: asyncio.Task[None], url: str) -> None:
        self._server, self._task, self.url = server, task, url

    @classmethod
    async def start(cls, app: Any, host: str, port: int, **more: Any) -> Serving:
        """`more` for uvicorn."""
        listening = socket.create_server((host, port))  # ours, for uvicorn would end the process when the port is taken
        listening.setblocking(False)
        server = _Server(uvicorn.Config(app, log_level="warning", lifespan="off", access_log=False, timeout_graceful_shutdown=2, **more))
        task = asyncio.create_task(server.serve([listening]))
        while not server.started and not task.done():  # noqa: ASYNC110  uvicorn offers no event
            await asyncio.sleep(0.005)
        return cls(server, task, f"http://{host}:{listening.getsockname()[1]}")

    async def stop(self) -> None:
        self._server.should_exit = True
        await self._task
