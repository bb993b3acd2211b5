"""uvicorn's HTTP protocol with bounds that it lacks: request heads arrive within some seconds and some bytes, or the connection ends."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol


class PatientProtocol(HttpToolsProtocol):
    """Bounds heads, also those of later requests on the same connection; bodies are bounded by who reads them."""

    HEAD_SECONDS: ClassVar[float] = 10.0
    HEAD_BYTES: ClassVar[int] = 64_000  # address and headers; what one read brings beyond it is let through

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._deadline: asyncio.TimerHandle | None = None
        self._in_head = False
        self._head_size = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # For streams: what a reader does not take would wait in memory.
        self.app_state: dict[str, Any] = {**self.app_state, "abort": transport.abort}
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.transport.get_protocol() is not self:  # it has become a WebSocket
            return
        if self._in_head:
            self._head_size += len(data)
            if self._head_size > self.HEAD_BYTES:
                self._refuse(431, "HEAD_TOO_LARGE", "Address and headers are too large.")
        # What came between two requests is not yet a whole head, nor does uvicorn's keep-alive timer run any more.
        between = self.cycle is None or self.cycle.response_complete  # type: ignore[redundant-expr]  # None before the first request
        if self._deadline is None and (between or self._in_head):
            self._await_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._head_size = True, 0

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._stop_waiting()
        super().on_headers_complete()

    def _await_head(self) -> None:
        if not self.transport.is_closing():
            self._deadline = self.loop.call_later(self.HEAD_SECONDS, self._give_up)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        if self._in_head:
            self._refuse(408, "HEAD_TOO_SLOW", "The head of the request came too slowly.")
        elif not self.transport.is_closing():
            self.transport.close()

    def _refuse(self, status: int, code: str, message: str) -> None:
        """The whole answer: no application is asked about a request that is none yet."""
        if self.transport.is_closing():
            return
        body = orjson.dumps({"errors": [{"message": message, "extensions": {"code": code}}]})
        head = b"content-type: application/json; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(body)
        self._stop_waiting()
        self.transport.write(STATUS_LINE[status] + head + body)
        self.transport.close()
