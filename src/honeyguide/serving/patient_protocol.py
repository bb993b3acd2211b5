"""uvicorn's HTTP protocol with bounds that it lacks: on heads, trailers and pipelines, and on answers that nobody takes."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol


class PatientProtocol(HttpToolsProtocol):
    """Bounds heads, also those of later requests on the same connection; bodies are bounded by who reads them."""

    HEAD_SECONDS: ClassVar[float] = 10.0
    HEAD_BYTES: ClassVar[int] = 64_000  # address and headers, or the trailers of a body, or what stands beside the size of a chunk
    MOST_HEADERS: ClassVar[int] = 200
    MOST_PIPELINED: ClassVar[int] = 32  # requests that came before the answer to the first
    TAKEN_SECONDS: ClassVar[float] = 30.0  # in which a reader takes some of what waits for him
    _TAKEN_BYTES: ClassVar[int] = 5_000
    # What one read brings is parsed piece by piece, else a quarter of a megabyte of requests is in memory before anybody can count them.
    _PIECE: ClassVar[int] = 8_192

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._deadline: asyncio.TimerHandle | None = None
        self._watching: asyncio.TimerHandle | None = None
        self._in_head = False
        self._headers = 0
        self._quiet = 0  # bytes since the last that became something: a head, a piece of a body

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # For streams: what a reader does not take would wait in memory.
        self.app_state: dict[str, Any] = {**self.app_state, "abort": transport.abort}
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._stop_watching()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), self._PIECE):
            piece = data[start : start + self._PIECE]
            self._quiet += len(piece)
            super().data_received(piece)
            # It was refused, or has become a WebSocket.
            if self.transport.is_closing() or self.transport.get_protocol() is not self:
                return
            if self._quiet > self.HEAD_BYTES:
                self._refuse(431, "HEAD_TOO_LARGE", "Address and headers are too large.")
                return
            if len(self.pipeline) > self.MOST_PIPELINED:
                self.transport.abort()
                return
        # What came between two requests is not yet a whole head, nor does uvicorn's keep-alive timer run any more.
        if self._deadline is None and (self._in_head or not self._answers):
            self._await_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._headers, self._quiet = True, 0, 0

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers += 1
        if self._headers > self.MOST_HEADERS:
            self._refuse(431, "HEAD_TOO_LARGE", "There are too many headers.")
        elif self._in_head:  # what comes behind a body is nobody's header
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head, self._quiet = False, 0
        self._stop_waiting()
        if not self.transport.is_closing():
            super().on_headers_complete()

    def on_chunk_header(self) -> None:
        self._quiet = 0

    def on_body(self, body: bytes) -> None:
        self._quiet = 0
        if not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        if not self.transport.is_closing():
            super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        self._stop_waiting()
        self._stop_watching()
        if self._answers:  # its answer would run into the frames
            self.transport.abort()
        else:
            super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        if self._is_written:
            self.transport.abort()
        else:
            super().send_400_response(msg)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch_reader()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_reader()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._watch_reader()

    @property
    def _answers(self) -> bool:
        """Whether an answer is under way."""
        return self.cycle is not None and not self.cycle.response_complete  # type: ignore[redundant-expr]  # None before the first request

    @property
    def _is_written(self) -> bool:
        """Whether an answer has begun to be, so that nothing else may be written; `cycle` is that of the last request that came."""
        return bool(self.pipeline) or (self._answers and self.cycle.response_started)

    def _watch_reader(self) -> None:
        """A connection that is closed, too, stays until all is taken: who takes nothing is cut."""
        self._stop_watching()
        if waiting := self.transport.get_write_buffer_size():
            self._watching = self.loop.call_later(self.TAKEN_SECONDS, self._look_at_reader, waiting)

    def _look_at_reader(self, before: int) -> None:
        # Nothing was added meanwhile: who adds something watches anew.
        if before - self.transport.get_write_buffer_size() < min(before, self._TAKEN_BYTES):
            self.transport.abort()
        else:
            self._watch_reader()

    def _stop_watching(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None

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
        if self._is_written:
            self.transport.abort()
            return
        body = orjson.dumps({"errors": [{"message": message, "extensions": {"code": code}}]})
        head = b"content-type: application/json; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(body)
        self._stop_waiting()
        self.transport.write(STATUS_LINE[status] + head + body)
        self.transport.close()
