"""uvicorn's WebSocket protocol with less memory for a connection that waits, and a way to cut one that does not read."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

# uvicorn writes each handshake down with its query string, where nobody should but somebody may put a token.
_log = logging.getLogger(__name__)
_log.setLevel(logging.WARNING)
# And bytes that are no UTF-8 with the bytes; their sender is told by 1007.
_log.addFilter(lambda record: not (record.exc_info and isinstance(record.exc_info[1], UnicodeDecodeError)))


class SocketProtocol(WebSocketsSansIOProtocol):
    """Puts `abort` into the scope's state; forgets the handshake once it is done."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.logger = _log
        # asyncio's own take 4 kB of a connection, in deques that stay empty.
        self.queue = SmallQueue()  # type: ignore[assignment]
        self.writable = Gate()  # type: ignore[assignment]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.app_state: dict[str, Any] = {**self.app_state, "abort": self.transport.abort}

    def start_keepalive(self) -> None:
        super().start_keepalive()
        del self.request, self.response


class Gate:
    """An event that is mostly set; several may wait."""

    __slots__ = ("_waiters",)

    def __init__(self) -> None:
        self._waiters: list[asyncio.Future[None]] | None = None  # None while it is set

    def set(self) -> None:
        waiters, self._waiters = self._waiters, None
        for waiter in waiters or ():
            if not waiter.done():
                waiter.set_result(None)

    def clear(self) -> None:
        if self._waiters is None:
            self._waiters = []

    async def wait(self) -> None:
        while self._waiters is not None:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            await waiter


class SmallQueue:
    """A queue with one reader; uvicorn stops reading from the socket while a message waits, so that it stays short."""

    __slots__ = ("_items", "_reader")

    def __init__(self) -> None:
        self._items: list[Any] = []
        self._reader: asyncio.Future[None] | None = None

    def put_nowait(self, item: Any) -> None:
        self._items.append(item)
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    def empty(self) -> bool:
        return not self._items

    async def get(self) -> Any:
        while not self._items:
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        return self._items.pop(0)
