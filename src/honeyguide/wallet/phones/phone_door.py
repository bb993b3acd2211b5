"""What stands before every request of a phone: how long it may take, how many at once, and what becomes of an outage (A48)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from time import perf_counter

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from honeyguide.wallet.assembly import NOT_NOW, why_not
from honeyguide.wallet.phones.metrics import PHONE_REQUEST

_log = logging.getLogger(__name__)

# One process draws and signs some 200 passes a second: whoever would stand behind more than these waits longer than he may.
AT_ONCE = 300
_PATIENCE = 1.9  # seconds for an answer: a phone comes back by itself, a request that waits without end holds a connection
_BODY_PATIENCE = 10.0  # seconds for a body to arrive, which is up to the phone's network

Handler = Callable[[Request, bytes | None], Awaitable[Response]]


class PhoneDoor:
    """Lets so many requests in at once and sends the others away for a while: 503 with Retry-After is no error to a phone."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._at_once, self._inside = at_once, 0

    def leads_to(self, handler: Handler, task: str, *, body_at_most: int = 0) -> Callable[[Request], Awaitable[Response]]:
        """An endpoint; `task` is its name in metrics. The handler gets None for a body longer than `body_at_most`."""

        async def answer(request: Request) -> Response:
            began, response = perf_counter(), Response(status_code=HTTPStatus.INTERNAL_SERVER_ERROR)
            try:
                response = await self._answer(handler, request, body_at_most)
            finally:
                PHONE_REQUEST.labels(task, str(response.status_code)).observe(perf_counter() - began)
            return response

        return answer

    async def _answer(self, handler: Handler, request: Request, body_at_most: int) -> Response:
        try:
            async with asyncio.timeout(_BODY_PATIENCE):
                body = await read_body(request, body_at_most) if body_at_most else b""
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        except TimeoutError:
            return Response(status_code=HTTPStatus.REQUEST_TIMEOUT)
        if self._inside >= self._at_once:
            return come_back(10)
        self._inside += 1
        try:
            async with asyncio.timeout(_PATIENCE):
                return await handler(request, body)
        except NOT_NOW as error:
            _log.warning("a phone is asked to come back later: %s", why_not(error))
            return come_back(10)
        finally:
            self._inside -= 1


def come_back(seconds: int) -> Response:
    """Not now: the phone tries again by itself."""
    return Response(status_code=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": str(seconds)})


async def read_body(request: Request, at_most: int) -> bytes | None:
    """The body, or None when it is longer; nothing beyond the limit is kept."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > at_most:
            return None
    return bytes(body)
