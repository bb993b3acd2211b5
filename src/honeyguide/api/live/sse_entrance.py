"""Who may open an event stream: with a token, or by a ticket that stands for one; and whether there is a place for him."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request

from honeyguide.api.http.entrance import Admitted, Enter, context_of
from honeyguide.api.live.event_streams import EventStreams
from honeyguide.api.live.lives import Life
from honeyguide.api.live.sse_request import not_found, ticket_of
from honeyguide.api.problems import HttpProblem, ProblemCode
from honeyguide.api.services import Services
from honeyguide.caller import Audience

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="honeyguide", error="invalid_token"'}


class StreamEntrance:
    """For one audience; raises HttpProblem."""

    def __init__(self, audience: Audience, enter: Enter, streams: EventStreams, services: Callable[[], Services]) -> None:
        self._audience, self._enter, self._streams, self._services = audience, enter, streams, services

    async def by_token(self, request: Request, request_id: str) -> Admitted:
        return await self._enter(request, request_id)

    async def by_ticket(self, request: Request, request_id: str, *, once: bool) -> Admitted:
        """Whoever made the ticket; with a token beside it, only he himself. No page that lacks it can send it (H4)."""
        caller = (await self._enter(request, request_id)).context.caller if "authorization" in request.headers else None
        used = await self._streams.use(ticket_of(request) or "", self._audience, caller, once=once)
        if used is True:
            raise HttpProblem(409, ProblemCode.STREAM_ALREADY_OPEN, "A ticket opens one stream, and this one is open.")
        if used is False:
            raise not_found()
        services, now = self._services(), self._services().clock()
        if used.expires_at <= now or services.door.is_revoked(used.caller):
            raise HttpProblem(401, ProblemCode.UNAUTHENTICATED, "The token that the ticket stands for has ended.", _CHALLENGE)
        return Admitted(context_of(services, used.caller, request, request_id, now), None, used.expires_at)

    def joined(self, admitted: Admitted) -> Life:
        """His connection's life; who has it must `leave` it."""
        caller, lives = admitted.context.caller, self._services().lives
        if lives.is_full:
            raise HttpProblem(503, ProblemCode.UNAVAILABLE, "This server has as many connections as it may.", {"Retry-After": "5"})
        if lives.has_most(caller):
            raise HttpProblem(429, ProblemCode.TOO_MANY_STREAMS, "You have as many connections as you may; end one.", {"Retry-After": "10"})
        return lives.join(caller, admitted.token, admitted.until)
