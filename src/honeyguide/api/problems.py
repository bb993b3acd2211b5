"""What can be wrong with a request itself: the closed list of codes in `extensions.code` (H6)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from graphql import GraphQLError


class ProblemCode(StrEnum):
    """Every `extensions.code` that a client can meet; business refusals are data and have their own ErrorCode.

    Each with the status it comes with and one sentence on when: what docs/errors.md shows. "400 or 200": 200 for clients of plain
    application/json (H2).
    """

    status: str
    description: str

    def __new__(cls, code: str, status: str, description: str) -> ProblemCode:
        member = str.__new__(cls, code)
        member._value_, member.status, member.description = code, status, description
        return member

    # what HTTP refuses
    BAD_REQUEST = "BAD_REQUEST", "400", "Malformed JSON, a missing query, parameters of a wrong type."
    BATCHING_NOT_SUPPORTED = "BATCHING_NOT_SUPPORTED", "400", "Several operations in one request."
    HEADER_NEEDED = "HEADER_NEEDED", "400", "A GET without a header that no foreign page can send, such as GraphQL-Require-Preflight: 1."
    UNAUTHENTICATED = "UNAUTHENTICATED", "401", "No token, or none for this API; WWW-Authenticate says which."
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED", "405", "A method that is not served here, or a mutation by GET; see Allow."
    NOT_ACCEPTABLE = "NOT_ACCEPTABLE", "406", "Accept takes neither media type."
    STREAM_NOT_FOUND = (
        "STREAM_NOT_FOUND",
        "404",
        "You have no event stream of this token: it was never reserved, not opened within 60 seconds, used up, or has ended.",
    )
    STREAM_ALREADY_OPEN = "STREAM_ALREADY_OPEN", "409", "The event stream of this token is open; each token opens one."
    OPERATION_ID_IN_USE = "OPERATION_ID_IN_USE", "409", "An operation of this operationId runs on the event stream."
    TOO_MANY_STREAMS = "TOO_MANY_STREAMS", "429", "The caller has as many connections as he may, or has reserved as many event streams."
    BODY_TOO_SLOW = "BODY_TOO_SLOW", "408", "The body did not arrive in time: 20 seconds, and one more for each 5 kB."
    BODY_TOO_LARGE = "BODY_TOO_LARGE", "413", "Above 100 kB; postTransactions and applyProgram 2 MB."
    URI_TOO_LONG = "URI_TOO_LONG", "414", "A GET with a query string above 16 kB; send it by POST."
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE", "415", "A body that is not application/json in UTF-8, or compressed."
    HEAD_TOO_SLOW = "HEAD_TOO_SLOW", "408", "The head of the request did not arrive within 10 seconds."
    HEAD_TOO_LARGE = "HEAD_TOO_LARGE", "431", "Address and headers above 64 kB, or more than 200 headers."
    # what the document or its variables are refused for
    PARSE_FAILED = "PARSE_FAILED", "400 or 200", "The document is no GraphQL."
    VALIDATION_FAILED = "VALIDATION_FAILED", "400 or 200", "The document does not fit the schema."
    UNKNOWN_OPERATION = "UNKNOWN_OPERATION", "400 or 200", "The document has no operation of that name, or several and none is named."
    BAD_VARIABLES = "BAD_VARIABLES", "400 or 200", "The variables do not fit the operation."
    TOO_MANY_TOKENS = "TOO_MANY_TOKENS", "400 or 200", "The document has more than 2,000 tokens."
    TOO_DEEP = "TOO_DEEP", "400 or 200", "The document is deeper than 12 levels."
    TOO_MANY_ALIASES = "TOO_MANY_ALIASES", "400 or 200", "The document has more than 30 aliases, fragments spread out."
    TOO_MANY_ROOT_FIELDS = "TOO_MANY_ROOT_FIELDS", "400 or 200", "The operation has more than 20 root fields."
    TOO_MANY_DIRECTIVES = "TOO_MANY_DIRECTIVES", "400 or 200", "The document has more than 50 directives."
    COST_LIMIT = "COST_LIMIT", "400 or 200", "The operation may cost more than one request may; the message says how much."
    # trusted documents
    PERSISTED_DOCUMENT_NOT_FOUND = (
        "PERSISTED_DOCUMENT_NOT_FOUND",
        "400 or 200",
        "No trusted document has this id; the message is PersistedQueryNotFound, for which Apollo's clients look.",
    )
    PERSISTED_DOCUMENTS_OFF = (
        "PERSISTED_DOCUMENTS_OFF",
        "400 or 200",
        "This API takes no ids of documents; the message is PersistedQueryNotSupported, for which Apollo's clients look.",
    )
    DOCUMENT_ID_MISMATCH = "DOCUMENT_ID_MISMATCH", "400 or 200", "The id is not the SHA-256 of the document that came with it."
    TRUSTED_DOCUMENT_REQUIRED = "TRUSTED_DOCUMENT_REQUIRED", "400 or 200", "This API runs trusted documents only."
    # what live connections refuse
    TOO_MANY_OPERATIONS = "TOO_MANY_OPERATIONS", "429", "A WebSocket or an event stream carries at most 20 operations at a time."
    # what a resolver refuses
    BAD_ARGUMENT = "BAD_ARGUMENT", "200", "A page of 0 or 101, a foreign cursor; `extensions.path` names the argument."
    IN_THE_FUTURE = "IN_THE_FUTURE", "200", "asOf a moment that has not come yet."
    FORBIDDEN = "FORBIDDEN", "200 or 403", "The credential lacks the operation's scope; 403 for who is nobody here at all."
    THROTTLED = "THROTTLED", "429", "Too much of it; Retry-After says when another try is worth it."
    UNAVAILABLE = "UNAVAILABLE", "503", "The database or the identity provider is away; try again."
    INTERNAL = "INTERNAL", "200 or 500", "A bug of ours; the request id finds it in the log."


class Problem(GraphQLError):
    """An error whose text is written for the client."""

    code = ProblemCode.BAD_REQUEST

    def __init__(self, message: str, code: ProblemCode | None = None) -> None:
        self.code = code or self.code
        super().__init__(message, extensions={"code": str(self.code)})


def code_of(error: GraphQLError) -> str | None:
    return (error.extensions or {}).get("code")


def coded(error: GraphQLError, code: ProblemCode) -> GraphQLError:
    """An error of graphql-core's own, with the code by which clients know it."""
    error.extensions = {**(error.extensions or {}), "code": str(code)}
    return error


class BadArgument(Problem):
    """`extensions.path` names the argument at fault, outermost first."""

    code = ProblemCode.BAD_ARGUMENT

    def __init__(self, message: str, argument: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.extensions = {**(self.extensions or {}), **({"path": list(argument)} if argument else {})}


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
