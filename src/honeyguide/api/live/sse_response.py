"""One event stream on the wire: events as they come, a comment while none do, an end for whatever reason."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from honeyguide.api.live.cut import cut
from honeyguide.api.live.lives import Life
from honeyguide.api.live.sse_frames import MEDIA_TYPE, PING, comment
from honeyguide.endings import ended

# Of the reverse proxy too: what it buffers or compresses arrives late or never.
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Content-Encoding": "identity"}


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: between two signs of life, and until a reader who takes nothing is cut."""

    ping: float = 12.0
    patience: float = 30.0


PACE = Pace()


class SlowReader(Exception):
    """He did not take what was sent; nothing more can be sent to him."""


class Wire:
    """Sends whole events, one after the other; who sends waits for the reader, so nothing is ever queued."""

    def __init__(self, send: Send, patience: float) -> None:
        self._send, self._patience = send, patience
        self._turn = asyncio.Lock()

    async def send(self, frame: bytes) -> None:
        """Raises SlowReader."""
        try:
            async with asyncio.timeout(self._patience), self._turn:
                await self._send({"type": "http.response.body", "body": frame, "more_body": True})
        except TimeoutError:
            raise SlowReader from None


class EventStream(Response):
    """Runs until its work is done, the client goes, or its life is over; then nothing of it is left."""

    def __init__(self, run: Callable[[Wire], Awaitable[None]], life: Life, pace: Pace) -> None:
        super().__init__(None, 200, _HEADERS, MEDIA_TYPE)
        del self.headers["content-length"]
        self._run, self._life, self._pace = run, life, pace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        wire = Wire(send, self._pace.patience)
        work = asyncio.ensure_future(self._run(wire))
        gone = asyncio.ensure_future(_gone(receive))
        over = asyncio.ensure_future(self._life.over())
        try:
            # Some browsers take no note of a response before its first byte.
            await wire.send(PING)
            while not (done := (await asyncio.wait((work, gone, over), timeout=self._pace.ping, return_when=asyncio.FIRST_COMPLETED))[0]):
                await wire.send(PING)
            if gone in done:
                return
            if work in done:
                work.result()
            else:
                # No `complete`: a client that finds its operations unfinished comes again, with a token that is good.
                await wire.send(comment(over.result()))
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except SlowReader:
            cut(scope)
        finally:
            await ended(work, gone, over)
            self._life.leave()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
