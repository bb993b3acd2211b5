"""Gives each request its id, its span and its place in the logs: plain ASGI, so that streams and WebSockets pass as they are."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from honeyguide.telemetry import spans
from honeyguide.telemetry.told import Told, request_id_from, telling, told

HEADER = "x-request-id"
_NAMED = HEADER.encode()
_UNTRACED = frozenset({"/healthz", "/readyz", "/metrics"})


class Identified:
    """An ASGI middleware around all others; `follows` callers' traceparent instead of linking to it (spans.root_span)."""

    def __init__(self, app: ASGIApp, *, follows: bool = False) -> None:
        self._app, self._follows = app, follows

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = request_id_from(headers.get(HEADER))
        with telling(Told(request_id)):
            if scope["type"] == "websocket":  # its operations have spans of their own; a connection lasts for hours
                await self._app(scope, receive, send)
                return
            if not spans.is_on() or scope["path"] in _UNTRACED:
                await self._app(scope, receive, _answering(scope, send, request_id))
                return
            known = {"http.request.method": _method(scope), "honeyguide.request_id": request_id}
            with spans.root_span(_method(scope), known, traceparent=headers.get("traceparent"), follows=self._follows):
                await self._app(scope, receive, _answering(scope, send, request_id))


def _answering(scope: Scope, send: Send, request_id: str) -> Send:
    value = request_id.encode()

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            if spans.is_on():
                spans.note({"http.response.status_code": message["status"]}, _name(scope))
            headers = message.get("headers", ())
            if all(name.lower() != _NAMED for name, _ in headers):
                message = {**message, "headers": [*headers, (_NAMED, value)]}
        await send(message)

    return sending


def _name(scope: Scope) -> str | None:
    """By the function that answers, where no operation has named the span: paths hold tokens."""
    one = told()
    endpoint = getattr(scope.get("endpoint"), "__name__", None)
    return f"{_method(scope)} {endpoint}" if endpoint is not None and (one is None or one.operation is None) else None


def _method(scope: Scope) -> str:
    """Anybody may send any word as a method."""
    given: str = scope["method"]
    return given if given in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") else "_OTHER"
