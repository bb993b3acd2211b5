"""What a client does about each problem of a request, and whether sending the same again helps: the last columns of docs/errors.md."""

from __future__ import annotations

from dataclasses import dataclass

from honeyguide.api.problems import ProblemCode

NO, LATER, AT_ONCE = "no", "yes, later", "yes, at once"


@dataclass(frozen=True, slots=True)
class Remedy:
    """`again`: whether the same request may succeed unchanged."""

    what: str
    again: str = NO


_MEND = Remedy("A mistake of the client's code: mend the request.")
_SHORTEN = Remedy("Ask for less at once: several smaller operations.")
_SLOW = Remedy("Send it again over a better connection.", AT_ONCE)
_WAIT = Remedy("Wait as long as Retry-After says, then a little longer each time.", LATER)

REMEDIES = {
    ProblemCode.BAD_REQUEST: _MEND,
    ProblemCode.BATCHING_NOT_SUPPORTED: Remedy("Send one operation a request; purchases have postTransactions."),
    ProblemCode.HEADER_NEEDED: Remedy("Send the header with every GET."),
    ProblemCode.UNAUTHENTICATED: Remedy("Get a new token (refresh, or sign in again) and send the request with it."),
    ProblemCode.METHOD_NOT_ALLOWED: Remedy("Send it by POST."),
    ProblemCode.NOT_ACCEPTABLE: Remedy("Accept application/graphql-response+json."),
    ProblemCode.STREAM_NOT_FOUND: Remedy("Reserve a new event stream, and open it."),
    ProblemCode.STREAM_ALREADY_OPEN: Remedy("Use the stream that is open, or reserve another."),
    ProblemCode.OPERATION_ID_IN_USE: Remedy("Choose another operationId."),
    ProblemCode.TOO_MANY_STREAMS: Remedy("Close what is not read any more, then open.", LATER),
    ProblemCode.BODY_TOO_SLOW: _SLOW,
    ProblemCode.HEAD_TOO_SLOW: _SLOW,
    ProblemCode.BODY_TOO_LARGE: _SHORTEN,
    ProblemCode.HEAD_TOO_LARGE: _MEND,
    ProblemCode.URI_TOO_LONG: Remedy("Send it by POST, or by the id of a trusted document."),
    ProblemCode.UNSUPPORTED_MEDIA_TYPE: Remedy("Send application/json in UTF-8."),
    ProblemCode.PARSE_FAILED: _MEND,
    ProblemCode.VALIDATION_FAILED: Remedy("Compile the document against this release's SDL; an app that is too old asks for an update."),
    ProblemCode.UNKNOWN_OPERATION: _MEND,
    ProblemCode.BAD_VARIABLES: Remedy("The message names the variable and its field; mend what fills it."),
    ProblemCode.TOO_MANY_TOKENS: _SHORTEN,
    ProblemCode.TOO_DEEP: _SHORTEN,
    ProblemCode.TOO_MANY_ALIASES: _SHORTEN,
    ProblemCode.TOO_MANY_ROOT_FIELDS: _SHORTEN,
    ProblemCode.TOO_MANY_DIRECTIVES: _SHORTEN,
    ProblemCode.COST_LIMIT: _SHORTEN,
    ProblemCode.PERSISTED_DOCUMENT_NOT_FOUND: Remedy("Send the document's text besides; register it before the app's release."),
    ProblemCode.PERSISTED_DOCUMENTS_OFF: Remedy("Send the document's text."),
    ProblemCode.DOCUMENT_ID_MISMATCH: _MEND,
    ProblemCode.TRUSTED_DOCUMENT_REQUIRED: Remedy("Send the id of a registered document."),
    ProblemCode.TOO_MANY_OPERATIONS: Remedy("Complete subscriptions that nobody reads any more.", LATER),
    ProblemCode.BAD_ARGUMENT: Remedy("Mend the argument that extensions.path names."),
    ProblemCode.IN_THE_FUTURE: Remedy("Ask for a moment that has come."),
    ProblemCode.FORBIDDEN: Remedy("Have whoever made the credential give it the scope."),
    ProblemCode.THROTTLED: _WAIT,
    ProblemCode.UNAVAILABLE: Remedy("Send the same again, mutations under the same idempotency key.", LATER),
    ProblemCode.INTERNAL: Remedy("Send it again once, under the same key; then tell the operator the request id.", LATER),
}


def remedy_of(code: ProblemCode) -> Remedy:
    """Raises KeyError for a code that nobody wrote a remedy for: `make check` says so."""
    return REMEDIES[code]
