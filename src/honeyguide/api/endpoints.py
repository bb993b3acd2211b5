"""The three endpoints, one for each audience."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import perf_counter

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from honeyguide.api.documents import Documents
from honeyguide.api.graphiql.page import page
from honeyguide.api.http.entrance import entrance
from honeyguide.api.http.incoming import request_id_of
from honeyguide.api.http.view import GraphQLView
from honeyguide.api.live.event_streams import EventStreams
from honeyguide.api.live.sse_view import EventStreamView
from honeyguide.api.live.websocket import WebSocketView
from honeyguide.api.metrics import REQUEST_SECONDS
from honeyguide.api.observed import Observed
from honeyguide.api.operations import Operations
from honeyguide.api.schemas import schema_for
from honeyguide.api.services import Services
from honeyguide.api.trusted.load import trusted_documents
from honeyguide.caller import Audience
from honeyguide.settings import Settings

# Root fields whose bodies may hold 2 MB.
_LARGE = {
    Audience.PARTNER: frozenset({"postTransactions"}),
    Audience.OPERATOR: frozenset({"applyProgram", "uploadPassImage", "uploadPassTemplate"}),
}
# All of them, for a wrong one is answered 405 by us, in the shape of our errors.
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def graphql_routes(services: Callable[[], Services], settings: Settings, streams: EventStreams) -> list[BaseRoute]:
    """`services` is asked at each request: they exist once the process has started. Raises OperationsInvalid."""
    return [route for audience in Audience for route in _routes(audience, services, settings, streams)]


def _routes(audience: Audience, services: Callable[[], Services], settings: Settings, streams: EventStreams) -> list[BaseRoute]:
    schema = schema_for(audience)
    documents = Documents(schema, trusted_documents(audience, settings.operations_dir), settings.trusted_documents(audience))
    operations = Operations(schema, audience, documents)
    enter = entrance(audience, services)
    view = GraphQLView(
        operations,
        enter,
        EventStreamView(operations, enter, streams, services),
        large=_LARGE.get(audience, frozenset()),
        graphiql=partial(_graphiql, audience, services) if settings.environment == "development" else None,
    )

    async def answer(request: Request) -> Response:
        started = perf_counter()
        with Observed(audience, request_id_of(request), "http") as one:
            response = await view(request)
            one.status = response.status_code
        REQUEST_SECONDS.labels(audience.value, str(response.status_code)).observe(perf_counter() - started)
        return response

    path, name = f"/{audience}/graphql", f"{audience}-graphql"
    return [
        Route(path, answer, methods=_METHODS, name=name),
        WebSocketRoute(path, WebSocketView(operations, services), name=f"{name}-live"),
    ]


def _graphiql(audience: Audience, services: Callable[[], Services]) -> Response:
    offered = services()
    programs = [offered.programs.current(program_id) for program_id in offered.programs.ids()]
    return page(audience, offered.clock(), programs[0].program.currency if programs else "USD")
