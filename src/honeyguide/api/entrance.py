"""The door of each API: a bearer token becomes a caller, or the answer is 401."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request

from honeyguide.api.context import RequestContext, accept_languages
from honeyguide.api.problems import HttpProblem, ProblemCode
from honeyguide.api.services import Services
from honeyguide.caller import Audience
from honeyguide.identity.refusal import Refusal, TokenRefused
from honeyguide.programs.current import UnknownProgram


def entrance(audience: Audience, services: Callable[[], Services]) -> Callable[[Request, str], Awaitable[RequestContext]]:
    """Lets in callers of one audience; a token of another is as good as none."""

    async def enter(request: Request, request_id: str) -> RequestContext:
        offered = services()
        now = offered.clock()
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _unauthenticated("A bearer token is needed.")
        caller = await offered.door.verify(token.strip(), audience, now)
        if isinstance(caller, TokenRefused):
            raise _turned_away(caller.reason)
        try:
            applied = offered.programs.current(caller.program_id)
        except UnknownProgram:
            raise HttpProblem(503, ProblemCode.UNAVAILABLE, "The program is not known to this server yet.", {"Retry-After": "1"}) from None
        languages = accept_languages(request.headers.get("accept-language", ""))
        address = request.client.host if request.client else None
        return RequestContext(caller, offered, applied, languages, request_id, now, address)

    return enter


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
