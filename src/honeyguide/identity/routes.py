"""The HTTP face of sign-in: /oauth/token and /.well-known/jwks.json."""

from __future__ import annotations

import time
from collections.abc import Callable

import asyncpg
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from honeyguide.caller import Clock
from honeyguide.database import Database
from honeyguide.database.database import DOWN
from honeyguide.identity.answers import in_json, problem, too_many_tries, try_again
from honeyguide.identity.buckets import Buckets, address_name
from honeyguide.identity.credentials import HashingBusy, SecretHasher
from honeyguide.identity.forms import FORM, LARGEST_BODY, bounded_body, type_of
from honeyguide.identity.grants.endpoint import MemberEndpoint
from honeyguide.identity.oauth import Granted, GrantRefused, OAuthError, Signer, grant, read_grant_request
from honeyguide.identity.sessions.desk import SignInDesk

TRIES_AT_ONCE = 30  # from one address: a shop's tills behind one router, each asking twice an hour
TRIES_PER_SECOND = 1.0


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
        if type_of(request) != FORM:
            return problem(400, OAuthError.INVALID_REQUEST, f"send {FORM}")
        body = await bounded_body(request)
        if body is None:
            return problem(413, OAuthError.INVALID_REQUEST, f"the body is larger than {LARGEST_BODY} bytes")
        try:
            form = body.decode("utf-8")
        except UnicodeDecodeError:
            return problem(400, OAuthError.INVALID_REQUEST, "the body is no UTF-8")
        if self._members is not None and (answer := await self._members.token(request, form)) is not None:
            return answer
        asked = read_grant_request(form, request.headers.get("authorization"))
        if isinstance(asked, GrantRefused):
            return _refusal(asked)
        # Before the database and the costly hash: a guesser must not make us work.
        wait = self._tries.take(address_name(request.client.host if request.client else None))
        if wait > 0:
            return too_many_tries(wait)
        try:
            granted = await grant(self._database.pool, self._hasher, self._signer, asked, self._clock())
        except (HashingBusy, TimeoutError, asyncpg.PostgresError, *DOWN):
            return try_again()
        return _refusal(granted) if isinstance(granted, GrantRefused) else _granted(granted)


def _granted(granted: Granted) -> Response:
    return in_json(
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
        return problem(400, refused.error, refused.description)
    # RFC 6749, 5.2: who tried by the header is told which scheme; a 401 without a challenge would break RFC 9110.
    return problem(401, refused.error, refused.description, {"WWW-Authenticate": 'Basic realm="honeyguide", charset="UTF-8"'})
