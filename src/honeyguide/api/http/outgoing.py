"""What leaves: bodies without internal text, and the status that the draft asks for (H1 to H3, H6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from graphql import ExecutionResult, GraphQLError
from starlette.responses import Response

from honeyguide.api.execution import public_error
from honeyguide.api.http.media import EVENT_STREAM, GRAPHQL
from honeyguide.api.observed import note_error
from honeyguide.api.operations import RequestError
from honeyguide.api.problems import HttpProblem, Problem, ProblemCode, code_of

# A client of the richer media type is told by the status too, where nothing at all could be answered.
_STATUS: dict[str, int] = {ProblemCode.UNAVAILABLE: 503, ProblemCode.THROTTLED: 429}


def result_response(result: ExecutionResult, media: str, request_id: str) -> Response:
    response = _json_response(result_payload(result, request_id), 200, media)
    if result.data is None and (waiting := _waiting(result.errors or ())):
        response.headers["Retry-After"] = str((waiting.extensions or {}).get("retryAfter", 1))
        if media == GRAPHQL:
            response.status_code = _STATUS[code_of(waiting) or ""]
    return response


def errors_response(
    errors: Iterable[GraphQLError], status: int, media: str, request_id: str, extensions: Mapping[str, Any] | None = None
) -> Response:
    """A request error: no `data` key at all, for nothing was executed."""
    more = {"extensions": extensions} if extensions else {}
    return _json_response({**errors_payload(errors, request_id), **more}, status, media)


def problem_response(problem: HttpProblem, media: str, request_id: str) -> Response:
    response = errors_response([Problem(problem.message, problem.code)], problem.status, media, request_id)
    response.headers.update(problem.headers)
    return response


def result_payload(result: ExecutionResult, request_id: str) -> dict[str, Any]:
    """Errors come first, so that whoever reads a log of answers sees them."""
    told = errors_payload(result.errors, request_id) if result.errors else {}
    told["data"] = result.data
    if result.extensions:
        told["extensions"] = result.extensions
    return told


def errors_payload(errors: Iterable[GraphQLError], request_id: str) -> dict[str, Any]:
    return {"errors": [_formatted(note_error(error), request_id) for error in errors]}


def failure_payload(failure: Exception, request_id: str) -> dict[str, Any]:
    """Why an operation has no result, where no status can say it: on WebSockets and event streams."""
    match failure:
        case RequestError():
            more = {"extensions": failure.extensions} if failure.extensions else {}
            return {**errors_payload(failure.errors, request_id), **more}
        case HttpProblem():
            return errors_payload([Problem(failure.message, failure.code)], request_id)
        case _:
            return errors_payload([public_error(GraphQLError("failed", original_error=failure), request_id)], request_id)


def _waiting(errors: Iterable[GraphQLError]) -> GraphQLError | None:
    """The first error that says to come again later."""
    return next((error for error in errors if code_of(error) in _STATUS), None)


def _formatted(error: GraphQLError, request_id: str) -> dict[str, Any]:
    formatted: dict[str, Any] = dict(error.formatted)
    formatted["extensions"] = {**formatted.get("extensions", {}), "requestId": request_id}
    return formatted


def _json_response(payload: dict[str, Any], status: int, media: str) -> Response:
    # What is no stream is said in JSON also to who wished for one.
    kind = GRAPHQL if media == EVENT_STREAM else media
    return Response(orjson.dumps(payload), status, media_type=f"{kind}; charset=utf-8")
