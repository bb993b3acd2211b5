"""uvicorn's WebSocket protocol with less memory for a connection that waits, bounds on frames, and a way to cut who does not read."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, ClassVar

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

if TYPE_CHECKING:
    from websockets.frames import Frame  # noqa: TID251 - uvicorn's own, which connects nowhere

# uvicorn writes each handshake down with its query string, where nobody should but somebody may put a token.
_log = logging.getLogger(__name__)
_log.setLevel(logging.WARNING)
# And bytes that are no UTF-8 with the bytes; their sender is told by 1007.
_log.addFilter(lambda record: not (record.exc_info and isinstance(record.exc_info[1], UnicodeDecodeError)))
# And each handshake that was refused by an answer as an error of ours: whoever is refused would write into the log.
_log.addFilter(lambda record: record.msg != "ASGI callable returned without completing handshake.")


class SocketProtocol(WebSocketsSansIOProtocol):
    """Puts `abort` into the scope's state; forgets the handshake once it is done.

    Whole messages are counted by who reads them; here all frames are, as pings and pieces of messages come to nobody else's notice.
    """

    BURST: ClassVar[int] = 500  # frames at once
    RATE: ClassVar[float] = 100.0  # and so many a second from then on
    MOST_PIECES: ClassVar[int] = 200  # of one message
    # What one read brings is parsed piece by piece, else forty thousand frames would be before anybody counts them.
    _PIECE: ClassVar[int] = 4_096

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._left, self._counted_at = float(self.BURST), self.loop.time()
        self.logger = _log
        # asyncio's own take 4 kB of a connection, in deques that stay empty.
        self.queue = SmallQueue()  # type: ignore[assignment]
        self.writable = Gate()  # type: ignore[assignment]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.app_state: dict[str, Any] = {**self.app_state, "abort": self.transport.abort}

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.conn.parser.close()  # it and its connection name each other: else only the garbage collector would free all that belongs to them

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), self._PIECE):
            if self.transport.is_closing():
                return
            super().data_received(data[start : start + self._PIECE])

    def handle_text(self, event: Frame) -> None:
        if self._is_counted():
            super().handle_text(event)

    def handle_bytes(self, event: Frame) -> None:
        if self._is_counted():
            super().handle_bytes(event)

    def handle_cont(self, event: Frame) -> None:
        if len(self.frames) >= self.MOST_PIECES:
            self.transport.abort()
        elif self._is_counted():
            super().handle_cont(event)

    def handle_ping(self) -> None:
        """Each is answered at once: who sends them and reads no answers would have all of them wait in memory."""
        if not self.writable.is_set():
            self.transport.abort()
        elif self._is_counted():
            super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        if self._is_counted():
            super().handle_pong(event)

    def _is_counted(self) -> bool:
        """False once there were too many; the connection is cut then."""
        if self.transport.is_closing():
            return False
        now = self.loop.time()
        self._left = min(self.BURST, self._left + (now - self._counted_at) * self.RATE) - 1
        self._counted_at = now
        if self._left < 0:
            self.transport.abort()
        return self._left >= 0

    def start_keepalive(self) -> None:
        super().start_keepalive()
        del self.request, self.response


class Gate:
    """An event that is mostly set; several may wait."""

    __slots__ = ("_waiters",)

    def __init__(self) -> None:
        self._waiters: list[asyncio.Future[None]] | None = None  # None while it is set

    def is_set(self) -> bool:
        return self._waiters is None

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
