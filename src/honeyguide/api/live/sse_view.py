"""Operations over event streams: one on a stream of its own, or many on one that PUT reserves and GET opens (graphql-sse's two modes)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from typing import Any

from graphql import OperationType
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from honeyguide.api.context import RequestContext
from honeyguide.api.http.entrance import Admitted, Enter, context_of
from honeyguide.api.http.incoming import check_content_type, read_parameters
from honeyguide.api.http.media import EVENT_STREAM, names_json, prefers_stream, quality
from honeyguide.api.http.outgoing import failure_payload
from honeyguide.api.limits import MAX_BODY
from honeyguide.api.live.connection import MOST_CONNECTIONS
from honeyguide.api.live.event_streams import EventStreams
from honeyguide.api.live.lives import Life
from honeyguide.api.live.single_stream import FULL, ID_IN_USE, LONGEST_ID, SingleStream
from honeyguide.api.live.sse_frames import MEDIA_TYPE, complete_event, next_event
from honeyguide.api.live.sse_response import PACE, EventStream, Pace, Wire
from honeyguide.api.live.sse_results import Prepare, payloads
from honeyguide.api.live.sse_store import HandedOver
from honeyguide.api.live.tickets import Holder
from honeyguide.api.operations import Operations, Prepared, RequestError
from honeyguide.api.problems import HttpProblem, ProblemCode
from honeyguide.api.services import Services

TOKEN_HEADER = "X-GraphQL-Event-Stream-Token"  # noqa: S105 - a name
TOKEN_PARAMETER = "token"  # noqa: S105
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="honeyguide", error="invalid_token"'}


def is_for_single_connection(request: Request) -> bool:
    """Whatever reserves, opens or names a stream for many operations."""
    if request.method in ("PUT", "DELETE"):
        return True
    return request.method in ("GET", "POST") and ticket_of(request) is not None and not is_by_ticket(request)


def is_by_ticket(request: Request) -> bool:
    """A ticket in the address with an operation beside it opens a stream for that one."""
    params = request.query_params
    return (
        request.method == "GET" and TOKEN_PARAMETER in params and bool({"query", "documentId"} & params.keys()) and prefers_stream(request)
    )


def ticket_of(request: Request) -> str | None:
    return request.headers.get(TOKEN_HEADER) or request.query_params.get(TOKEN_PARAMETER) or None


def failed_stream(failure: RequestError, request_id: str) -> Response:
    """What was wrong with an operation is told as its only result: of a response that is no stream an EventSource shows nothing."""
    body = next_event(failure_payload(failure, request_id)) + complete_event()
    return Response(body, 200, {"X-Accel-Buffering": "no"}, MEDIA_TYPE)


class EventStreamView:
    """For one audience; raises HttpProblem and RequestError."""

    def __init__(
        self, operations: Operations, enter: Enter, streams: EventStreams, services: Callable[[], Services], pace: Pace = PACE
    ) -> None:
        self._operations, self._enter, self._streams, self._services, self._pace = operations, enter, streams, services, pace

    def one(self, prepared: Prepared, admitted: Admitted) -> Response:
        """A stream for this operation alone."""
        context = admitted.context

        async def run(wire: Wire) -> None:
            async with aclosing(payloads(self._operations, _ready(prepared), context)) as results:
                async for payload in results:
                    await wire.send(next_event(payload))
            await wire.send(complete_event())

        return EventStream(run, self._joined(admitted), self._pace)

    async def enter_by_ticket(self, request: Request, request_id: str, *, once: bool = True) -> Admitted:
        """Whoever made the ticket; with a token beside it, only he himself. No page that lacks it can send it (H4)."""
        caller = (await self._enter(request, request_id)).context.caller if "authorization" in request.headers else None
        used = await self._streams.use(ticket_of(request) or "", self._operations.audience, caller, once=once)
        if used is True:
            raise HttpProblem(409, ProblemCode.STREAM_ALREADY_OPEN, "A ticket opens one stream, and this one is open.")
        if used is False:
            raise _not_found()
        services, now = self._services(), self._services().clock()
        if used.expires_at <= now or services.door.is_revoked(used.caller):
            raise HttpProblem(401, ProblemCode.UNAUTHENTICATED, "The token that the ticket stands for has ended.", _CHALLENGE)
        return Admitted(context_of(services, used.caller, request, request_id, now), None, used.expires_at)

    async def answer(self, request: Request, request_id: str) -> Response:
        """Whatever `is_for_single_connection`."""
        if request.method == "PUT":
            return await self._reserve(request, request_id)
        ticket = ticket_of(request)
        if request.method == "DELETE":
            return await self._stop(request, request_id, ticket)
        assert ticket is not None  # else it is for GraphQLView
        if prefers_stream(request):
            return await self._open(request, request_id, ticket)
        return await self._operation(request, request_id, ticket)

    async def _reserve(self, request: Request, request_id: str) -> Response:
        admitted = await self._enter(request, request_id)
        if quality(request.headers.get("accept") or "*/*", "text/plain") <= 0:
            raise HttpProblem(406, ProblemCode.NOT_ACCEPTABLE, "The token of a stream is text/plain.")
        ticket = await self._streams.reserve(Holder(admitted.context.caller, admitted.until))
        if ticket is None:
            text = "You have as many event streams as you may; end one, or wait until what you reserved lapses."
            raise HttpProblem(429, ProblemCode.TOO_MANY_STREAMS, text, {"Retry-After": "60"})
        return PlainTextResponse(ticket, 201)

    async def _open(self, request: Request, request_id: str, ticket: str) -> Response:
        if request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers:
            raise HttpProblem(400, ProblemCode.BAD_REQUEST, f"An operation for a stream is sent without Accept: {EVENT_STREAM}.")
        admitted = await self.enter_by_ticket(request, request_id, once=False)
        try:
            life = self._joined(admitted)
        except HttpProblem:
            await self._streams.forget(ticket)
            raise

        async def run(wire: Wire) -> None:
            await self._streams.hold(ticket, SingleStream(admitted.context.caller, self._operations, wire))

        return EventStream(run, life, self._pace)

    async def _stop(self, request: Request, request_id: str, ticket: str | None) -> Response:
        context = (await self._enter(request, request_id)).context
        if ticket is None:
            raise HttpProblem(400, ProblemCode.BAD_REQUEST, f"{TOKEN_HEADER} must say which stream.")
        if not await self._streams.stop(ticket, _checked_id(request.query_params.get("operationId")), context):
            raise _not_found()
        return Response(status_code=200)

    async def _operation(self, request: Request, request_id: str, ticket: str) -> Response:
        check_content_type(request)
        context = (await self._enter(request, request_id)).context
        parameters, _ = await read_parameters(request, MAX_BODY)
        operation_id = _checked_id((parameters.get("extensions") or {}).get("operationId"))
        stream = self._streams.held(ticket, context.caller)
        if stream is None:
            prepared = await self._prepared(request, parameters, context)
            if isinstance(prepared, Prepared):
                context.services.charging.give_back(prepared.charge)  # the process that runs it charges for it
            return _accepted(await self._streams.hand_over(ticket, operation_id, parameters, context))
        if operation_id in stream.running:
            return _accepted(HandedOver.TWICE)
        if stream.is_full:
            return _accepted(HandedOver.TOO_MANY)
        # Its place is taken before anybody waits for anything, so that nobody else has it and a DELETE finds it.
        stream.running[operation_id] = None
        try:
            prepared = await self._prepared(request, parameters, context)
        except BaseException:
            stream.stop(operation_id)
            raise
        if stream.start(operation_id, _ready(prepared), context):
            return Response(status_code=202)
        if isinstance(prepared, Prepared):
            context.services.charging.give_back(prepared.charge)
        return Response(status_code=204)  # it was stopped meanwhile

    async def _prepared(self, request: Request, parameters: dict[str, Any], context: RequestContext) -> Prepared | RequestError:
        """What is wrong with the operation goes by the stream, as its only result, but for clients that name a type of ours.

        graphql-sse's own client repeats a request that was not accepted, and never shows the body of its answer.
        """
        try:
            asked = await self._operations.ask(parameters, context)
            if request.method == "GET" and asked.kind is OperationType.MUTATION:
                raise HttpProblem(405, ProblemCode.METHOD_NOT_ALLOWED, "GET serves no mutations.", {"Allow": "POST"})
            return await self._operations.prepare(asked, context)
        except RequestError as error:
            if error.status is not None or names_json(request):
                raise
            return error

    def _joined(self, admitted: Admitted) -> Life:
        caller, lives = admitted.context.caller, self._services().lives
        if lives.is_full:
            raise HttpProblem(503, ProblemCode.UNAVAILABLE, "This server has as many connections as it may.", {"Retry-After": "5"})
        if lives.of(caller) >= MOST_CONNECTIONS[caller.audience]:
            raise HttpProblem(429, ProblemCode.TOO_MANY_STREAMS, "You have as many connections as you may; end one.", {"Retry-After": "10"})
        return lives.join(caller, admitted.token, admitted.until)


def _ready(prepared: Prepared | RequestError) -> Prepare:
    async def prepare() -> Prepared:
        if isinstance(prepared, RequestError):
            raise prepared
        return prepared

    return prepare


def _checked_id(given: Any) -> str:
    if not isinstance(given, str) or not 1 <= len(given) <= LONGEST_ID or not given.isprintable():
        raise HttpProblem(400, ProblemCode.BAD_REQUEST, f"operationId must say which operation, in 1 to {LONGEST_ID} characters.")
    return given


def _accepted(handed_over: HandedOver) -> Response:
    match handed_over:
        case HandedOver.DONE:
            return Response(status_code=202)
        case HandedOver.NO_STREAM:
            raise _not_found()
        case HandedOver.TWICE:
            raise HttpProblem(409, ID_IN_USE.code, ID_IN_USE.message)
        case HandedOver.TOO_MANY:
            raise HttpProblem(429, FULL.code, FULL.message, {"Retry-After": "1"})


def _not_found() -> HttpProblem:
    """The same for a stream of somebody else: nobody learns that there is one."""
    return HttpProblem(404, ProblemCode.STREAM_NOT_FOUND, "You have no event stream of this token: reserve one with PUT.")
