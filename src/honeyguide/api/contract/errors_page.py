"""docs/errors.md: every code that a client can meet, made of the code itself."""

from __future__ import annotations

from collections.abc import Iterator

from honeyguide.api.contract.remedies import remedy_of
from honeyguide.api.problems import ProblemCode
from honeyguide.api.types.errors import ErrorCode
from honeyguide.api.words.messages import message

_BEGIN = """# Errors

<!-- Made by `honeyguide schema` of ProblemCode, remedies.py and ErrorCode: edit those. -->

Two kinds of trouble, told apart by where they stand:

- **Refusals are data.** A mutation answers with a union of its success and of types that implement `UserError`: `code` for programs,
  `message` for people in the caller's language, `path` for the input field at fault. A refusal under an idempotency key is the same at
  every retry.
- **Problems are errors**: entries of `errors` with `extensions.code` and `extensions.requestId`, which is also the header `X-Request-Id`.
  They are of the request, the credential, a limit, or ours.

New codes come with releases: treat one that you do not know as a refusal, or a problem, that cannot be mended by sending the same again.

## Problems: `extensions.code`

Statuses are those of clients that accept `application/graphql-response+json`; "400 or 200" is 200 for those of plain `application/json`.

| Code | Status | When | What a client does | Same again? |
|---|---|---|---|---|
"""
_BETWEEN = """
## Refusals: `UserError.code`

RETRY_LATER is worth the same request again, under the same key, after `retryAfter` seconds; INTERNAL of an item of a batch, too. All
others stay as they are until somebody changes what stands in the way.

| Code | Meaning | Message, where no field has one of its own |
|---|---|---|
"""


def errors_page() -> str:
    """The whole page, ending in a line's end."""
    return _BEGIN + "".join(_problems()) + _BETWEEN + "".join(_refusals())


def _problems() -> Iterator[str]:
    for code in ProblemCode:
        remedy = remedy_of(code)
        yield f"| `{code.value}` | {code.status} | {code.description} | {remedy.what} | {remedy.again} |\n"


def _refusals() -> Iterator[str]:
    definition = ErrorCode.__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        sentence = message(ErrorCode(value.name), "en").replace("|", "\\|")
        yield f"| `{value.name}` | {value.description} | {sentence} |\n"
