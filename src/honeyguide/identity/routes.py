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
from honeyguide.identity.grants.endpoint import MemberEndpoint
from honeyguide.identity.oauth import Granted, GrantRefused, OAuthError, Signer, grant, read_grant_request
from honeyguide.identity.sessions.desk import SignInDesk

LARGEST_BODY = 8_192  # bytes; a form of ours has some 300
TRIES_AT_ONCE = 30  # from one address: a shop's tills behind one router, each asking twice an hour
TRIES_PER_SECOND = 1.0

_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}  # RFC 6749, 5.1
_FORM = "application/x-www-form-urlencoded"


def routes(
    *,
    database: Database,
    signer: Signer,
    hasher: SecretHasher,
    clock: Clock,
    desk: SignInDesk | None = None,
    monotonic: Callable[[], float] = time.monotonic,
) -> list[Route]:
    """The routes of signing in, those of members with a desk; the bucket of each address lives as long as they do."""
    members = MemberEndpoint(desk, signer) if desk is not None else None
    endpoint = _TokenEndpoint(database, signer, hasher, clock, Buckets(TRIES_AT_ONCE, TRIES_PER_SECOND, monotonic), members)

    async def jwks(request: Request) -> Response:
        return Response(
            orjson.dumps(signer.ring.jwks()), media_type="application/jwk-set+json", headers={"Cache-Control": "public, max-age=300"}
        )

    return [
        Route("/oauth/token", endpoint.answer, methods=["POST"], name="oauth-token"),
        Route("/.well-known/jwks.json", jwks, methods=["GET"], name="jwks"),
        *([] if members is None else _member_routes(members)),
    ]


def _member_routes(members: MemberEndpoint) -> list[Route]:
    return [
        Route("/oauth/revoke", members.revoke, methods=["POST"], name="oauth-revoke"),
        Route("/member/sign-in", members.sign_in, methods=["POST"], name="member-sign-in"),
    ]


class _TokenEndpoint:
    def __init__(
        self, database: Database, signer: Signer, hasher: SecretHasher, clock: Clock, tries: Buckets, members: MemberEndpoint | None
    ) -> None:
        self._database = database
        self._signer = signer
        self._hasher = hasher
        self._clock = clock
        self._tries = tries
        self._members = members

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
        if self._members is not None and (member_grant := self._members.grant_of(form)) is not None:
            return await self._members.token(request, member_grant, form)
        asked = read_grant_request(form, request.headers.get("authorization"))
        if isinstance(asked, GrantRefused):
            return _refusal(asked)
        # Before the database and the costly hash: a guesser must not make us work.
        wait = self._tries.take(address_name(request.client.host if request.client else None))
        if wait > 0:
            return _problem(429, "temporarily_unavailable", "too many tries", {"Retry-After": str(math.ceil(wait))})
        try:
            granted = await grant(self._database.pool, self._hasher, self._signer, asked, self._clock())
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
