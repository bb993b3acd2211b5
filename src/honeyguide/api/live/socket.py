"""One WebSocket as ASGI has it: text in, text out, closed once; who does not read what is sent is cut."""

from __future__ import annotations

import asyncio

from starlette.types import Receive, Scope, Send

from honeyguide.api.live import metrics
from honeyguide.api.live.close_codes import CloseCode
from honeyguide.api.live.cut import cut

SEND_SECONDS = 30.0
_CLOSE_SECONDS = 5.0


class SocketGone(Exception):
    """Nothing more can be sent."""


class Socket:
    __slots__ = ("_closing", "_receive", "_send", "is_closed", "scope")

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope, self._receive, self._send = scope, receive, send
        self.is_closed = False
        self._closing: asyncio.Task[None] | None = None

    async def accept(self, subprotocol: str | None) -> None:
        await self._send({"type": "websocket.accept", "subprotocol": subprotocol, "headers": []})

    async def receive(self) -> str | bytes | None:
        """The next message; None once it is closed, by whomever."""
        message = await self._receive()
        if message["type"] != "websocket.receive":
            self.is_closed = True
            return None
        text: str | None = message.get("text")
        return message.get("bytes") or b"" if text is None else text

    async def send(self, text: str) -> None:
        """Wait until it can be written; raises SocketGone."""
        if self.is_closed:
            raise SocketGone
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._send({"type": "websocket.send", "text": text})
        except TimeoutError:
            self._cut()
            raise SocketGone from None
        except OSError:
            self.is_closed = True
            raise SocketGone from None

    def close(self, code: CloseCode, reason: str | None = None) -> None:
        """Begin to close it; `receive` answers None then."""
        if not self.is_closed:
            self.is_closed = True
            metrics.CLOSED.labels(int(code)).inc()
            self._closing = asyncio.create_task(self._close(code, reason or code.reason))

    async def closed(self) -> None:
        if self._closing is not None:
            await self._closing

    async def _close(self, code: CloseCode, reason: str) -> None:
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._send({"type": "websocket.close", "code": int(code), "reason": reason})
        except TimeoutError:
            self._cut()
        except (OSError, RuntimeError):  # it was gone already
            pass

    def _cut(self) -> None:
        self.is_closed = True
        metrics.CLOSED.labels(1006).inc()
        cut(self.scope)
