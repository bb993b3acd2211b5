"""Media types in and out (GraphQL over HTTP, sections 5 and 6; RFC 9110, 12.5.1)."""

from __future__ import annotations

from starlette.requests import Request

from honeyguide.api.problems import HttpProblem, ProblemCode

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
EVENT_STREAM = "text/event-stream"
# What stands behind so many in Accept is not read: browsers name some eight.
_MOST_RANGES = 30


def accepted_type(request: Request) -> str:
    """The type to answer with; without a wish it is application/json, a stream where it is wished for most; raises HttpProblem 406."""
    header = request.headers.get("accept", "")
    if not header.strip():
        return JSON
    if prefers_stream(request):
        return EVENT_STREAM
    wishes = {kind: quality(header, kind) for kind in (GRAPHQL, JSON)}
    best = max(wishes, key=lambda kind: (wishes[kind], kind == _preferred(header)))
    if wishes[best] <= 0:
        raise HttpProblem(406, ProblemCode.NOT_ACCEPTABLE, f"Answers are {GRAPHQL}, {JSON} or {EVENT_STREAM}.")
    return best


def prefers_stream(request: Request) -> bool:
    """Whether also a query is to be answered as an event stream; who takes all alike gets it for subscriptions only."""
    header = request.headers.get("accept", "")
    return quality(header, EVENT_STREAM) > max(quality(header, GRAPHQL), quality(header, JSON))


def takes_stream(request: Request) -> bool:
    """Whether an event stream is acceptable at all: subscriptions have no other answer."""
    return quality(request.headers.get("accept", "").strip() or "*/*", EVENT_STREAM) > 0


def names_json(request: Request) -> bool:
    """Whether the client knows the types of GraphQL over HTTP by name, and does not just take anything."""
    header = request.headers.get("accept", "").lower()
    return GRAPHQL in header or JSON in header


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


def quality(header: str, kind: str) -> float:
    """The weight of the most specific range that covers the type; 0 where none does."""
    best, specificity = 0.0, -1
    for part in header.lower().split(",", _MOST_RANGES)[:_MOST_RANGES]:
        range_, *parameters = (piece.strip() for piece in part.split(";"))
        rank = {kind: 2, f"{kind.partition('/')[0]}/*": 1, "*/*": 0}.get(range_, -1)
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
