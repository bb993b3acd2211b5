"""CORS: pages of listed origins may call what apps call; anybody else's get no headers for it, and browsers keep answers from them."""

from __future__ import annotations

import re
from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# What an app in a browser needs: the APIs with their event streams, and signing in. No cookies anywhere, so no credentials mode.
_OPEN = re.compile(r"/(member|partner|operator)/graphql(/.*)?|/oauth/(token|revoke)|/member/sign-in|/\.well-known/jwks\.json")
_METHODS = ("GET", "POST", "PUT", "DELETE")  # the latter two for the reserved event streams
_ASKED_WITH = (
    "Authorization",
    "Content-Type",
    "If-None-Match",
    "GraphQL-Require-Preflight",
    "Apollo-Require-Preflight",
    "X-Apollo-Operation-Name",
    "X-Apollo-Operation-Id",
    "X-GraphQL-Event-Stream-Token",
    "X-Include-Cost",
    "X-Request-Id",
    "X-Requested-With",
    "Last-Event-ID",
    "Traceparent",
    "Tracestate",
)
_TOLD = ("ETag", "X-Request-Id", "Retry-After", "RateLimit", "RateLimit-Policy", "WWW-Authenticate")


class CrossOrigin:
    """An ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        self._app, self._origins = app, frozenset(origins)
        self._shared = CORSMiddleware(
            app, allow_origins=self._origins, allow_methods=_METHODS, allow_headers=_ASKED_WITH, expose_headers=_TOLD, max_age=7_200
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._origins or not _OPEN.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
        elif Headers(scope=scope).get("origin") in self._origins:
            await self._shared(scope, receive, send)
        else:
            await self._app(scope, receive, _varying(send))


def _varying(send: Send) -> Send:
    """So that no cache answers a listed origin with what it kept of another's request."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).add_vary_header("Origin")
        await send(message)

    return sending
