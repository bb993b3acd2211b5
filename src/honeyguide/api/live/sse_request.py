"""What a request has to do with event streams: for which of the two modes it is, its ticket, and the id of its operation."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from honeyguide.api.http.media import prefers_stream
from honeyguide.api.live.single_stream import LONGEST_ID
from honeyguide.api.problems import HttpProblem, ProblemCode

TOKEN_HEADER = "X-GraphQL-Event-Stream-Token"  # noqa: S105 - a name
TOKEN_PARAMETER = "token"  # noqa: S105


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


def checked_id(given: Any) -> str:
    """The id of an operation; raises HttpProblem."""
    if not isinstance(given, str) or not 1 <= len(given) <= LONGEST_ID or not given.isprintable():
        raise HttpProblem(400, ProblemCode.BAD_REQUEST, f"operationId must say which operation, in 1 to {LONGEST_ID} characters.")
    return given


def not_found() -> HttpProblem:
    """The same for a stream of somebody else: nobody learns that there is one."""
    return HttpProblem(404, ProblemCode.STREAM_NOT_FOUND, "You have no event stream of this token: reserve one with PUT.")
