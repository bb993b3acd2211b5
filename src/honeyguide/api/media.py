"""Media types in and out (GraphQL over HTTP, sections 5 and 6; RFC 9110, 12.5.1)."""

from __future__ import annotations

from starlette.requests import Request

from honeyguide.api.problems import HttpProblem, ProblemCode

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"


def accepted_type(request: Request) -> str:
    """The type to answer with; without a wish it is application/json; raises HttpProblem 406."""
    header = request.headers.get("accept", "")
    if not header.strip():
        return JSON
    wishes = {kind: _quality(header, kind) for kind in (GRAPHQL, JSON)}
    best = max(wishes, key=lambda kind: (wishes[kind], kind == _preferred(header)))
    if wishes[best] <= 0:
        raise HttpProblem(406, ProblemCode.NOT_ACCEPTABLE, f"Answers are {GRAPHQL} or {JSON}.")
    return best


def is_html_wanted(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def is_json(content_type: str) -> bool:
    """Whether a body of this type is JSON that we read: UTF-8, as RFC 8259 says."""
    kind, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = [value.strip('"') for name, _, value in (one.partition("=") for one in parameters) if name == "charset"]
    return kind == JSON and all(charset in ("utf-8", "utf8") for charset in charsets)


def _preferred(header: str) -> str:
    """Between equal wishes the one that is named wins, and the richer type when both are."""
    return GRAPHQL if GRAPHQL in header else JSON


def _quality(header: str, kind: str) -> float:
    """The weight of the most specific range that covers the type; 0 where none does."""
    best, specificity = 0.0, -1
    for part in header.lower().split(","):
        range_, *parameters = (piece.strip() for piece in part.split(";"))
        rank = {kind: 2, "application/*": 1, "*/*": 0}.get(range_, -1)
        if rank > specificity:
            specificity, best = rank, _weight(parameters)
    return best


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
