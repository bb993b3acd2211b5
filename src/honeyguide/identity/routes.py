"""The HTTP face of sign-in: /oauth/token and /.well-known/jwks.json."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping

import asyncpg
import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from honeyguide.caller import Clock
from honeyguide.database import Database
from honeyguide.database.database import DOWN
from honeyguide.identity.buckets import Buckets, address_name
from honeyguide.identity.credentials import HashingBusy, SecretHasher
from honeyguide.identity.keys import KeyRing
from honeyguide.identity.oauth import Granted, GrantRefused, OAuthError, grant, read_grant_request

LARGEST_BODY = 8_192  # bytes; a form of ours has some 300
TRIES_AT_ONCE = 30  # from one address: a shop's tills behind one router, each asking twice an hour
TRIES_PER_SECOND = 1.0

_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}  # RFC 6749, 5.1
_FORM = "application/x-www-form-urlencoded"


def routes(
    *, database: Database, ring: KeyRing, hasher: SecretHasher, issuer: str, clock: Clock, monotonic: Callable[[], float] = time.monotonic
) -> list[Route]:
    """The two routes; the bucket of each address lives as long as they do."""
    endpoint = _TokenEndpoint(database, ring, hasher, issuer, clock, Buckets(TRIES_AT_ONCE, TRIES_PER_SECOND, monotonic))
    keys = orjson.dumps(ring.jwks())

    async def jwks(request: Request) -> Response:
        return Response(keys, media_type="application/jwk-set+json", headers={"Cache-Control": "public, max-age=300"})

    return [
        Route("/oauth/token", endpoint.answer, methods=["POST"], name="oauth-token"),
        Route("/.well-known/jwks.json", jwks, methods=["GET"], name="jwks"),
    ]


class _TokenEndpoint:
    def __init__(self, database: Database, ring: KeyRing, hasher: SecretHasher, issuer: str, clock: Clock, tries: Buckets) -> None:
        self._database = database
        self._ring = ring
        self._hasher = hasher
        self._issuer = issuer
        self._clock = clock
        self._tries = tries

    async def answer(self, request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
            return _problem(400, OAuthError.INVALID_REQUEST, f"send {_FORM}")
        body = await _bounded_body(request)
        if body is None:
            return _problem(413, OAuthError.INVALID_REQUEST, f"the body is larger than {LARGEST_BODY} bytes")
        try:
            form = body.decode("utf-8")
        except UnicodeDecodeError:
            return _problem(400, OAuthError.INVALID_REQUEST, "the body is no UTF-8")
        asked = read_grant_request(form, request.headers.get("authorization"))
        if isinstance(asked, GrantRefused):
            return _refusal(asked)
        # Before the database and the costly hash: a guesser must not make us work.
        wait = self._tries.take(address_name(request.client.host if request.client else None))
        if wait > 0:
            return _problem(429, "temporarily_unavailable", "too many tries", {"Retry-After": str(math.ceil(wait))})
        try:
            granted = await grant(self._database.pool, self._hasher, self._ring, self._issuer, asked, self._clock())
        except (HashingBusy, TimeoutError, asyncpg.PostgresError, *DOWN):
            return _problem(503, "temporarily_unavailable", "try again", {"Retry-After": "1"})
        return _refusal(granted) if isinstance(granted, GrantRefused) else _granted(granted)


async def _bounded_body(request: Request) -> bytes | None:
    """The body, read no further than the bound; None beyond it."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_BODY:
                return None
    except ClientDisconnect:
        return b""
    return bytes(body)


def _granted(granted: Granted) -> Response:
    return _json(
        200,
        {
            "access_token": granted.access_token,
            "token_type": "Bearer",
            "expires_in": granted.expires_in,
            "scope": " ".join(sorted(granted.scopes)),
        },
    )


def _refusal(refused: GrantRefused) -> Response:
    if refused.error is not OAuthError.INVALID_CLIENT:
        return _problem(400, refused.error, refused.description)
    # RFC 6749, 5.2: who tried by the header is told which scheme; a 401 without a challenge would break RFC 9110.
    return _problem(401, refused.error, refused.description, {"WWW-Authenticate": 'Basic realm="honeyguide", charset="UTF-8"'})


def _problem(status: int, error: str, description: str, headers: Mapping[str, str] | None = None) -> Response:
    return _json(status, {"error": str(error), "error_description": description}, headers)


def _json(status: int, body: Mapping[str, object], headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json", headers={**_NO_STORE, **(headers or {})})
