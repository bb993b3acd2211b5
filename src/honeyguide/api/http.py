"""GraphQL over HTTP for one audience: what may come in, what goes out, with which status (api.md, H1 to H7)."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import strawberry
from graphql import ExecutionResult, GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from strawberry.http.ides import get_graphql_ide_html

from honeyguide.api.context import RequestContext
from honeyguide.api.documents import Documents, is_query
from honeyguide.api.execution import BadVariables, public_error, run
from honeyguide.api.limits import MAX_BODY
from honeyguide.api.media import GRAPHQL, accepted_type, is_html_wanted, is_json
from honeyguide.api.problems import HttpProblem, Problem, ProblemCode, code_of

_log = logging.getLogger(__name__)

_REQUEST_ID = re.compile(r"[\w.-]{8,64}", re.ASCII)
# Headers that no form, image or link of a foreign page can send, and that proxies do not add by themselves.
_PREFLIGHTED = re.compile(r"(?!x-forwarded|x-real-ip|x-request-id|x-client-ip)x-|graphql-require-preflight|apollo-require-preflight")
_ALLOW = {"Allow": "GET, POST"}


Enter = Callable[[Request, str], Awaitable[RequestContext]]


class GraphQLView:
    """The endpoint of one audience; `enter` turns a request into a caller's context, or raises HttpProblem 401."""

    def __init__(self, schema: strawberry.Schema, enter: Enter, *, max_body: int = MAX_BODY, graphiql: bool = False) -> None:
        self._schema, self._enter, self._max_body, self._graphiql = schema, enter, max_body, graphiql
        self._documents = Documents(schema)

    async def __call__(self, request: Request) -> Response:
        request_id = _request_id(request)
        media = GRAPHQL
        try:
            if self._graphiql and request.method == "GET" and is_html_wanted(request):
                return HTMLResponse(get_graphql_ide_html(graphql_ide="graphiql"))
            _check_method(request)
            media = accepted_type(request)
            response = await self._answer(request, media, request_id)
        except HttpProblem as problem:
            response = _problem_response(problem, media, request_id)
        except ClientDisconnect:
            response = Response(status_code=499)
        except Exception as error:  # noqa: BLE001 - whatever it is, no internal text may leave
            shown = public_error(GraphQLError("failed", original_error=error), request_id)
            unavailable = code_of(shown) == ProblemCode.UNAVAILABLE
            response = _errors_response([shown], 503 if unavailable else 500, media, request_id)
        response.headers["X-Request-Id"] = request_id
        response.headers["Cache-Control"] = "no-store"
        return response

    async def _answer(self, request: Request, media: str, request_id: str) -> Response:
        _check_content_type(request)
        context = await self._enter(request, request_id)
        body = await _parameters(request, self._max_body)
        document = self._documents.read(body["query"])
        refused = 400 if media == GRAPHQL else 200
        if document.errors:
            return _errors_response(document.errors, refused, media, request_id)
        operation = document.operation(body.get("operationName"))
        if operation is None:
            problem = Problem("The document has no operation of that name, or several and none was named.", ProblemCode.UNKNOWN_OPERATION)
            return _errors_response([problem], refused, media, request_id)
        if request.method == "GET" and not is_query(operation):
            raise HttpProblem(405, ProblemCode.METHOD_NOT_ALLOWED, "GET serves queries only.", {"Allow": "POST"})
        try:
            result = await run(self._schema, document, operation, body.get("variables") or {}, context)
        except BadVariables as bad:
            return _errors_response(bad.errors, refused, media, request_id, ProblemCode.BAD_VARIABLES)
        return _result_response(result, media, request_id)


def _check_method(request: Request) -> None:
    if request.method not in ("GET", "POST"):
        raise HttpProblem(405, ProblemCode.METHOD_NOT_ALLOWED, "GraphQL is served by POST, queries also by GET.", _ALLOW)


def _check_content_type(request: Request) -> None:
    if request.method == "POST":
        if not is_json(request.headers.get("content-type", "")) or request.headers.get("content-encoding", "identity") != "identity":
            raise HttpProblem(415, ProblemCode.UNSUPPORTED_MEDIA_TYPE, "The body must be application/json in UTF-8, not compressed.")
    elif not any(_PREFLIGHTED.match(name) for name in request.headers) and not is_json(request.headers.get("content-type", "")):
        # Such a request can be sent by any page that a browser shows (H4).
        raise HttpProblem(400, ProblemCode.HEADER_NEEDED, "A GET needs a header such as GraphQL-Require-Preflight: 1.")


async def _parameters(request: Request, most: int) -> dict[str, Any]:
    if request.method == "GET":
        parameters: Any = {name: value for name, value in request.query_params.items() if name in ("query", "operationName")}
        for name in ("variables", "extensions"):
            if text := request.query_params.get(name):
                parameters[name] = _json(text.encode())
    else:
        parameters = _json(await _body(request, most))
    if isinstance(parameters, list):
        raise HttpProblem(400, ProblemCode.BATCHING_NOT_SUPPORTED, "One operation a request.")
    _check_parameters(parameters)
    return dict(parameters)


def _check_parameters(parameters: Any) -> None:
    if not isinstance(parameters, dict) or not isinstance(parameters.get("query"), str) or not parameters["query"].strip():
        raise HttpProblem(400, ProblemCode.BAD_REQUEST, "The request must be an object with a query.")
    for name, kind in (("variables", dict), ("extensions", dict), ("operationName", str)):
        if parameters.get(name) is not None and not isinstance(parameters[name], kind):
            raise HttpProblem(400, ProblemCode.BAD_REQUEST, f"{name} has a wrong type.")


async def _body(request: Request, most: int) -> bytes:
    """The body up to its limit; a longer one is not read to its end."""
    too_large = HttpProblem(413, ProblemCode.BODY_TOO_LARGE, f"The body has at most {most} bytes.", {"Connection": "close"})
    if (length := request.headers.get("content-length", "0")).isdigit() and int(length) > most:
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise too_large
    return bytes(body)


def _json(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise HttpProblem(400, ProblemCode.BAD_REQUEST, "The request is no JSON.") from None


def _result_response(result: ExecutionResult, media: str, request_id: str) -> Response:
    status = 200
    if result.data is None and media == GRAPHQL and any(code_of(error) == ProblemCode.UNAVAILABLE for error in result.errors or ()):
        status = 503
    payload: dict[str, Any] = {"data": result.data}
    if result.errors:
        payload = {"errors": [_formatted(error, request_id) for error in result.errors], "data": result.data}
    return _json_response(payload, status, media)


def _errors_response(errors: Any, status: int, media: str, request_id: str, code: ProblemCode | None = None) -> Response:
    """A request error: no `data` key at all, for nothing was executed."""
    return _json_response({"errors": [_formatted(error, request_id, code) for error in errors]}, status, media)


def _problem_response(problem: HttpProblem, media: str, request_id: str) -> Response:
    response = _errors_response([Problem(problem.message, problem.code)], problem.status, media, request_id)
    response.headers.update(problem.headers)
    return response


def _formatted(error: GraphQLError, request_id: str, code: ProblemCode | None = None) -> dict[str, Any]:
    formatted: dict[str, Any] = dict(error.formatted)
    extensions = {"code": str(code)} if code else {}
    formatted["extensions"] = {**extensions, **formatted.get("extensions", {}), "requestId": request_id}
    return formatted


def _json_response(payload: dict[str, Any], status: int, media: str) -> Response:
    return Response(orjson.dumps(payload), status, media_type=f"{media}; charset=utf-8")


def _request_id(request: Request) -> str:
    """The caller's own id where it is a plain word, so that logs on both sides match."""
    given = request.headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
