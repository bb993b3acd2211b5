"""The requests of one stream for many operations: PUT reserves it, GET opens it, operations are sent to it and DELETE stops them."""

from __future__ import annotations

from typing import Any

from graphql import OperationType
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from honeyguide.api.context import RequestContext
from honeyguide.api.cost.cost import OF_MUTATION, Cost
from honeyguide.api.http.incoming import check_content_type, read_parameters
from honeyguide.api.http.media import EVENT_STREAM, names_json, prefers_stream, quality
from honeyguide.api.limits import MAX_BODY
from honeyguide.api.live.event_streams import EventStreams
from honeyguide.api.live.single_stream import FULL, ID_IN_USE, SingleStream
from honeyguide.api.live.sse_entrance import StreamEntrance
from honeyguide.api.live.sse_request import TOKEN_HEADER, checked_id, not_found, ticket_of
from honeyguide.api.live.sse_response import EventStream, Pace, Wire
from honeyguide.api.live.sse_results import ready
from honeyguide.api.live.sse_store import HandedOver
from honeyguide.api.live.tickets import Holder
from honeyguide.api.operations import Operations, Prepared, RequestError
from honeyguide.api.problems import HttpProblem, ProblemCode

# A row that is written, and a look for one: as a mutation and an object cost.
_OF_RESERVING, _OF_STOPPING = Cost(OF_MUTATION), Cost(1)


class SingleConnectionView:
    """For one audience; raises HttpProblem and RequestError."""

    def __init__(self, operations: Operations, entrance: StreamEntrance, streams: EventStreams, pace: Pace) -> None:
        self._operations, self._entrance, self._streams, self._pace = operations, entrance, streams, pace

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
        admitted = await self._entrance.by_token(request, request_id)
        context = admitted.context
        if quality(request.headers.get("accept") or "*/*", "text/plain") <= 0:
            raise HttpProblem(406, ProblemCode.NOT_ACCEPTABLE, "The token of a stream is text/plain.")
        charge = await self._operations.charged(_OF_RESERVING, context)
        ticket = await self._streams.reserve(Holder(context.caller, admitted.until))
        if ticket is None:
            text = "You have as many event streams as you may; end one, or wait until what you reserved lapses."
            raise HttpProblem(429, ProblemCode.TOO_MANY_STREAMS, text, {"Retry-After": "60"})
        return PlainTextResponse(ticket, 201, context.services.charging.headers(charge.bucket))

    async def _open(self, request: Request, request_id: str, ticket: str) -> Response:
        if request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers:
            raise HttpProblem(400, ProblemCode.BAD_REQUEST, f"An operation for a stream is sent without Accept: {EVENT_STREAM}.")
        admitted = await self._entrance.by_ticket(request, request_id, once=False)
        try:
            life = self._entrance.joined(admitted)
        except HttpProblem:
            await self._streams.forget(ticket)
            raise

        async def run(wire: Wire) -> None:
            await self._streams.hold(ticket, SingleStream(admitted.context.caller, self._operations, wire))

        return EventStream(run, life, self._pace)

    async def _stop(self, request: Request, request_id: str, ticket: str | None) -> Response:
        context = (await self._entrance.by_token(request, request_id)).context
        if ticket is None:
            raise HttpProblem(400, ProblemCode.BAD_REQUEST, f"{TOKEN_HEADER} must say which stream.")
        operation_id = checked_id(request.query_params.get("operationId"))
        charge = await self._operations.charged(_OF_STOPPING, context)
        if not await self._streams.stop(ticket, operation_id, context):
            raise not_found()
        return Response(status_code=200, headers=context.services.charging.headers(charge.bucket))

    async def _operation(self, request: Request, request_id: str, ticket: str) -> Response:
        check_content_type(request)
        context = (await self._entrance.by_token(request, request_id)).context
        parameters, _ = await read_parameters(request, MAX_BODY)
        operation_id = checked_id((parameters.get("extensions") or {}).get("operationId"))
        stream = self._streams.held(ticket, context.caller)
        if stream is None:
            return await self._handed_over(request, ticket, operation_id, parameters, context)
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
        if stream.start(operation_id, ready(prepared), context):
            return Response(status_code=202)
        _give_back(prepared, context)
        return Response(status_code=204)  # it was stopped meanwhile

    async def _handed_over(
        self, request: Request, ticket: str, operation_id: str, parameters: dict[str, Any], context: RequestContext
    ) -> Response:
        """To the process that has the stream, which charges for what it runs; what nobody will run is paid for."""
        prepared = await self._prepared(request, parameters, context)
        became = await self._streams.hand_over(ticket, operation_id, parameters, context)
        if became is HandedOver.DONE:
            _give_back(prepared, context)
        return _accepted(became)

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


def _give_back(prepared: Prepared | RequestError, context: RequestContext) -> None:
    if isinstance(prepared, Prepared):
        context.services.charging.give_back(prepared.charge)


def _accepted(handed_over: HandedOver) -> Response:
    match handed_over:
        case HandedOver.DONE:
            return Response(status_code=202)
        case HandedOver.NO_STREAM:
            raise not_found()
        case HandedOver.TWICE:
            raise HttpProblem(409, ID_IN_USE.code, ID_IN_USE.message)
        case HandedOver.TOO_MANY:
            raise HttpProblem(429, FULL.code, FULL.message, {"Retry-After": "1"})
