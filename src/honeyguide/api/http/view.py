"""GraphQL over HTTP for one audience (api.md, H1 to H7; the GraphQL-over-HTTP draft is the judge)."""

from __future__ import annotations

from collections.abc import Callable

from graphql import GraphQLError, OperationType
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from honeyguide.api.execution import public_error
from honeyguide.api.http.conditional import conditional
from honeyguide.api.http.entrance import Enter
from honeyguide.api.http.incoming import check_address, check_content_type, check_method, read_parameters, request_id_of, too_large
from honeyguide.api.http.media import EVENT_STREAM, GRAPHQL, JSON, accepted_type, is_html_wanted, takes_stream
from honeyguide.api.http.outgoing import errors_response, problem_response, result_response
from honeyguide.api.limits import MAX_BODY, MAX_BODY_OF_BATCHES
from honeyguide.api.live.sse_request import is_by_ticket, is_for_single_connection
from honeyguide.api.live.sse_response import EventStream
from honeyguide.api.live.sse_view import EventStreamView, failed_stream
from honeyguide.api.operations import Operations, RequestError
from honeyguide.api.problems import HttpProblem, ProblemCode, code_of


class GraphQLView:
    """The endpoint of one audience; `enter` turns a request into a caller's context, or raises HttpProblem 401."""

    def __init__(
        self,
        operations: Operations,
        enter: Enter,
        streams: EventStreamView,
        *,
        large: frozenset[str] = frozenset(),
        graphiql: Callable[[], Response] | None = None,
    ) -> None:
        """`large` are the root fields whose bodies may hold 2 MB; `graphiql` makes the page for browsers, in development."""
        self._operations, self._enter, self._streams = operations, enter, streams
        self._large, self._graphiql = large, graphiql

    async def __call__(self, request: Request) -> Response:
        request_id = request_id_of(request)
        media = GRAPHQL
        try:
            if self._graphiql is not None and request.method == "GET" and is_html_wanted(request):
                return self._graphiql()
            check_address(request)
            if is_for_single_connection(request):
                response = await self._streams.answer(request, request_id)
            else:
                check_method(request)
                media = accepted_type(request)
                response = await self._answer(request, media, request_id)
        except RequestError as error:
            if media == EVENT_STREAM and error.status is None:
                response = failed_stream(error, request_id)
            else:
                status = error.status or (200 if media == JSON else 400)
                response = errors_response(error.errors, status, media, request_id, error.extensions)
            response.headers.update(error.headers)
        except HttpProblem as problem:
            response = problem_response(problem, media, request_id)
        except ClientDisconnect:
            response = Response(status_code=499)
        except Exception as error:  # noqa: BLE001 - whatever it is, no internal text may leave
            shown = public_error(GraphQLError("failed", original_error=error), request_id)
            unavailable = code_of(shown) == ProblemCode.UNAVAILABLE
            response = errors_response([shown], 503 if unavailable else 500, media, request_id)
        response.headers["X-Request-Id"] = request_id
        if request.method == "GET" and response.status_code == 200 and media in (GRAPHQL, JSON) and not isinstance(response, EventStream):
            return conditional(request, response)
        response.headers["Cache-Control"] = "no-store"
        return response

    async def _answer(self, request: Request, media: str, request_id: str) -> Response:
        if is_by_ticket(request):
            admitted = await self._streams.enter_by_ticket(request, request_id)
        else:
            check_content_type(request)
            admitted = await self._enter(request, request_id)
        context = admitted.context
        body, size = await read_parameters(request, MAX_BODY_OF_BATCHES if self._large else MAX_BODY)
        asked = await self._operations.ask(body, context)
        is_subscription = asked.kind is OperationType.SUBSCRIPTION
        if is_subscription and not takes_stream(request):
            raise HttpProblem(406, ProblemCode.NOT_ACCEPTABLE, f"Subscriptions are answered by {EVENT_STREAM}, or over a WebSocket.")
        if request.method == "GET" and asked.kind is OperationType.MUTATION:
            raise HttpProblem(405, ProblemCode.METHOD_NOT_ALLOWED, "GET serves no mutations.", {"Allow": "POST"})
        if size > MAX_BODY and not asked.root_fields & self._large:
            raise too_large(MAX_BODY)
        prepared = await self._operations.prepare(asked, context)
        if media == EVENT_STREAM or is_subscription:
            try:
                response = self._streams.one(prepared, admitted)
            except HttpProblem:  # one stream too many
                context.services.charging.give_back(prepared.charge)
                raise
        else:
            response = result_response(await self._operations.answer(prepared, context), media, request_id)
        response.headers.update(context.services.charging.headers(prepared.charge.bucket))
        # Of the program's and our own texts; what the program lacks in it comes in the program's default.
        response.headers["Content-Language"] = context.language
        return response
