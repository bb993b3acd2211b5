"""The door of each API: a bearer token becomes a caller, or the answer is 401."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request

from honeyguide.api.context import RequestContext, accept_languages
from honeyguide.api.problems import HttpProblem, ProblemCode
from honeyguide.api.services import Services
from honeyguide.caller import Audience
from honeyguide.identity.tokens import TokenRefused
from honeyguide.programs.current import UnknownProgram


def entrance(audience: Audience, services: Callable[[], Services]) -> Callable[[Request, str], Awaitable[RequestContext]]:
    """Lets in callers of one audience; a token of another is as good as none."""

    async def enter(request: Request, request_id: str) -> RequestContext:
        offered = services()
        now = offered.clock()
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _unauthenticated("A bearer token is needed.")
        caller = offered.door.verify(token.strip(), audience, now)
        if isinstance(caller, TokenRefused):
            raise _unauthenticated("The token is not valid here.", ', error="invalid_token"')
        try:
            applied = offered.programs.current(caller.program_id)
        except UnknownProgram:
            raise HttpProblem(503, ProblemCode.UNAVAILABLE, "The program is not known to this server yet.", {"Retry-After": "1"}) from None
        languages = accept_languages(request.headers.get("accept-language", ""))
        address = request.client.host if request.client else None
        return RequestContext(caller, offered, applied, languages, request_id, now, address)

    return enter


def _unauthenticated(message: str, error: str = "") -> HttpProblem:
    # Why a token was refused is for our logs; who tries tokens learns nothing (RFC 6750, 3).
    return HttpProblem(401, ProblemCode.UNAUTHENTICATED, message, {"WWW-Authenticate": f'Bearer realm="honeyguide"{error}'})
