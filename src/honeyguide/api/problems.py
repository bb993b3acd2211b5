"""What can be wrong with a request itself: the closed list of codes in `extensions.code` (H6)."""

from __future__ import annotations

from enum import StrEnum

from graphql import GraphQLError


class ProblemCode(StrEnum):
    """Every `extensions.code` that a client can meet; business refusals are data and have their own ErrorCode."""

    BAD_REQUEST = "BAD_REQUEST"  # malformed JSON, a missing query, parameters of a wrong type
    BATCHING_NOT_SUPPORTED = "BATCHING_NOT_SUPPORTED"
    PARSE_FAILED = "PARSE_FAILED"
    VALIDATION_FAILED = "VALIDATION_FAILED"
    BAD_VARIABLES = "BAD_VARIABLES"
    UNKNOWN_OPERATION = "UNKNOWN_OPERATION"
    BAD_ARGUMENT = "BAD_ARGUMENT"
    TOO_MANY_TOKENS = "TOO_MANY_TOKENS"
    TOO_DEEP = "TOO_DEEP"
    TOO_MANY_ALIASES = "TOO_MANY_ALIASES"
    TOO_MANY_ROOT_FIELDS = "TOO_MANY_ROOT_FIELDS"
    TOO_MANY_DIRECTIVES = "TOO_MANY_DIRECTIVES"
    IN_THE_FUTURE = "IN_THE_FUTURE"  # asOf a moment that has not come
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    THROTTLED = "THROTTLED"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    HEADER_NEEDED = "HEADER_NEEDED"  # a GET that any web page could send
    NOT_ACCEPTABLE = "NOT_ACCEPTABLE"
    BODY_TOO_LARGE = "BODY_TOO_LARGE"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    UNAVAILABLE = "UNAVAILABLE"  # the database cannot be reached; try again
    INTERNAL = "INTERNAL"


class Problem(GraphQLError):
    """An error whose text is written for the client."""

    code = ProblemCode.BAD_REQUEST

    def __init__(self, message: str, code: ProblemCode | None = None) -> None:
        self.code = code or self.code
        super().__init__(message, extensions={"code": str(self.code)})


def code_of(error: GraphQLError) -> str | None:
    return (error.extensions or {}).get("code")


class BadArgument(Problem):
    code = ProblemCode.BAD_ARGUMENT


class InTheFuture(Problem):
    code = ProblemCode.IN_THE_FUTURE


class Forbidden(Problem):
    code = ProblemCode.FORBIDDEN


class Throttled(Problem):
    """Too much of it; `retryAfter` seconds make it worth another try."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message, ProblemCode.THROTTLED)
        self.extensions = {**(self.extensions or {}), "retryAfter": retry_after}


class HttpProblem(Exception):
    """A request that is refused before GraphQL sees it: status, code, text and headers of the answer."""

    def __init__(self, status: int, code: ProblemCode, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers or {}
