"""The door of each API: a bearer token becomes a caller, or the answer is 401."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from starlette.requests import HTTPConnection, Request

from honeyguide.api.context import RequestContext, accept_languages
from honeyguide.api.problems import HttpProblem, ProblemCode
from honeyguide.api.services import Services
from honeyguide.caller import Audience, Caller
from honeyguide.identity.refusal import Refusal, TokenRefused
from honeyguide.programs.current import UnknownProgram


@dataclass(frozen=True, slots=True)
class Admitted:
    """A caller's context, with the token that let him in and the moment until which it does: for what lasts longer than a request.

    `token` None: a ticket did, which stands for one that was shown before.
    """

    context: RequestContext
    token: str | None = field(repr=False)
    until: datetime


# Turns a request with its id into a caller's context; raises HttpProblem.
Enter = Callable[[Request, str], Awaitable[Admitted]]


def entrance(audience: Audience, services: Callable[[], Services]) -> Enter:
    """Lets in callers of one audience; a token of another is as good as none."""

    async def enter(request: Request, request_id: str) -> Admitted:
        return await admit(request, request_id, bearer_of(request.headers.get("authorization")), audience, services())

    return enter


async def admit(request: HTTPConnection, request_id: str, token: str | None, audience: Audience, offered: Services) -> Admitted:
    """Raises HttpProblem."""
    if token is None:
        raise _unauthenticated("A bearer token is needed.")
    now = offered.clock()
    verified = await offered.door.verified(token, audience, now)
    if isinstance(verified, TokenRefused):
        raise _turned_away(verified.reason)
    return Admitted(context_of(offered, verified.caller, request, request_id, now), token, verified.expires_at)


def context_of(offered: Services, caller: Caller, request: HTTPConnection, request_id: str, now: datetime) -> RequestContext:
    """Of a caller who is known; raises HttpProblem 503."""
    try:
        applied = offered.programs.current(caller.program_id)
    except UnknownProgram:
        raise HttpProblem(503, ProblemCode.UNAVAILABLE, "The program is not known to this server yet.", {"Retry-After": "1"}) from None
    languages = accept_languages(request.headers.get("accept-language", ""))
    address = request.client.host if request.client else None
    wants_cost = request.headers.get("x-include-cost") == "1"
    return RequestContext(caller, offered, applied, languages, request_id, now, address, wants_cost)


def bearer_of(header: str | None) -> str | None:
    """The token of an Authorization header (RFC 6750, 2.1)."""
    scheme, _, token = (header or "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _turned_away(reason: Refusal) -> HttpProblem:
    # Why a token is bad is for our logs; who tries tokens learns nothing (RFC 6750, 3). These four are said to who has a good one.
    match reason:
        case Refusal.KEYS_UNAVAILABLE:
            return HttpProblem(503, ProblemCode.UNAVAILABLE, "The identity provider cannot be reached.", {"Retry-After": "10"})
        case Refusal.NO_ROLE:
            return HttpProblem(403, ProblemCode.FORBIDDEN, "You have no role here.")
        case Refusal.NO_MEMBER:
            return HttpProblem(403, ProblemCode.FORBIDDEN, "You are no member of this program.")
        case Refusal.WEAK_SIGN_IN:
            challenge = 'Bearer realm="honeyguide", error="insufficient_user_authentication"'  # RFC 9470
            return HttpProblem(401, ProblemCode.UNAUTHENTICATED, "Sign in with a second factor.", {"WWW-Authenticate": challenge})
        case _:
            return _unauthenticated("The token is not valid here.", ', error="invalid_token"')


def _unauthenticated(message: str, error: str = "") -> HttpProblem:
    return HttpProblem(401, ProblemCode.UNAUTHENTICATED, message, {"WWW-Authenticate": f'Bearer realm="honeyguide"{error}'})
