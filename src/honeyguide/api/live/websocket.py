"""GraphQL over WebSockets for one audience: graphql-transport-ws, and nothing older."""

from __future__ import annotations

import logging
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from honeyguide.api.http.media import GRAPHQL
from honeyguide.api.http.outgoing import problem_response
from honeyguide.api.live.close_codes import CloseCode
from honeyguide.api.live.connection import Bounds, Connection
from honeyguide.api.live.socket import Socket
from honeyguide.api.operations import Operations
from honeyguide.api.problems import HttpProblem, ProblemCode
from honeyguide.api.services import Services
from honeyguide.settings import Settings

SUBPROTOCOL = "graphql-transport-ws"
_log = logging.getLogger(__name__)


class WebSocketView:
    """An ASGI application; what is refused before the handshake is told by HTTP."""

    def __init__(self, operations: Operations, services: Callable[[], Services], bounds: Bounds | None = None) -> None:
        self._operations, self._services, self._bounds = operations, services, bounds or Bounds()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        services = self._services()
        if (problem := _refused(scope, services)) is not None:
            await _deny(problem, scope, receive, send)
            return
        socket, lives = Socket(scope, receive, send), services.lives
        await receive()  # websocket.connect
        if SUBPROTOCOL not in scope["subprotocols"]:
            await socket.accept(None)
            socket.close(CloseCode.SUBPROTOCOL_NOT_ACCEPTABLE)
            await socket.closed()
            return
        await socket.accept(SUBPROTOCOL)
        lives.sockets += 1
        try:
            await Connection(socket, self._operations, services, self._bounds).run()
        except Exception as error:  # noqa: BLE001 - no traceback of what a member sent
            _log.error("a WebSocket failed: %s", type(error).__name__)
            socket.close(CloseCode.INTERNAL)
            await socket.closed()
        finally:
            lives.sockets -= 1


def _refused(scope: Scope, services: Services) -> HttpProblem | None:
    if not _is_from_here(Headers(scope=scope), services.settings):
        return HttpProblem(403, ProblemCode.FORBIDDEN, "Pages of this origin may not connect: see HONEYGUIDE_CORS_ORIGINS.")
    if services.lives.is_full:
        return HttpProblem(503, ProblemCode.UNAVAILABLE, "This server has as many connections as it may.", {"Retry-After": "5"})
    return None


def _is_from_here(headers: Headers, settings: Settings) -> bool:
    """Only browsers send Origin: our own pages may connect, and those of listed origins."""
    origin = headers.get("origin")
    if origin is None or origin in settings.cross_origins or origin == settings.url:
        return True
    here = headers.get("host")
    return bool(here) and urlsplit(origin).netloc == here  # the origin null has no host, nor may a request


async def _deny(problem: HttpProblem, scope: Scope, receive: Receive, send: Send) -> None:
    response: Response = problem_response(problem, GRAPHQL, "-")
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": int(CloseCode.TRY_AGAIN_LATER)})
        return
    await receive()
    await response(scope, receive, send)
