"""What a request brings: method, media type, headers and parameters, each refused with its own status (H3 to H5, H7)."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import orjson
from starlette.requests import HTTPConnection, Request

from honeyguide.api.http.media import is_json
from honeyguide.api.limits import MAX_BODY, MAX_QUERY_STRING
from honeyguide.api.problems import HttpProblem, ProblemCode
from honeyguide.api.trusted.naming import read_naming
from honeyguide.telemetry.told import request_id_from, told

PATIENCE = 20.0  # seconds for a body, and one more for each
SLOWEST = 5_000  # bytes
# What is too large is read on to here and forgotten: who is cut off while sending sees a broken connection instead of the answer.
FORGOTTEN = 10_000_000
# Headers that no form, image or link of a foreign page can send, and that proxies do not add by themselves.
_PREFLIGHTED = re.compile(r"(?!x-forwarded|x-real-ip|x-request-id|x-client-ip)x-|graphql-require-preflight|apollo-require-preflight")


def check_address(request: Request) -> None:
    """Before anybody looks for anything in it."""
    if len(request.scope["query_string"]) > MAX_QUERY_STRING:
        raise HttpProblem(414, ProblemCode.URI_TOO_LONG, f"A query string has at most {MAX_QUERY_STRING} bytes: use POST.")


def check_method(request: Request) -> None:
    if request.method not in ("GET", "POST"):
        text = "GraphQL is served by POST, all but mutations also by GET; event streams by PUT and DELETE, too."
        raise HttpProblem(405, ProblemCode.METHOD_NOT_ALLOWED, text, {"Allow": "GET, POST, PUT, DELETE"})


def check_content_type(request: Request) -> None:
    if request.method == "POST":
        if not is_json(request.headers.get("content-type", "")) or request.headers.get("content-encoding", "identity") != "identity":
            raise HttpProblem(415, ProblemCode.UNSUPPORTED_MEDIA_TYPE, "The body must be application/json in UTF-8, not compressed.")
    elif not any(_PREFLIGHTED.match(name) for name in request.headers) and not is_json(request.headers.get("content-type", "")):
        # Such a request can be sent by any page that a browser shows (H4).
        raise HttpProblem(400, ProblemCode.HEADER_NEEDED, "A GET needs a header such as GraphQL-Require-Preflight: 1.")


async def read_parameters(request: Request, most: int, patience: float = PATIENCE) -> tuple[dict[str, Any], int]:
    """The parameters of the operation, and how many bytes they came in."""
    if request.method == "GET":
        size = len(request.scope["query_string"])
        parameters: Any = {name: value for name, value in request.query_params.items() if name in ("query", "documentId", "operationName")}
        for name in ("variables", "extensions"):
            if text := request.query_params.get(name):
                parameters[name] = _json(text.encode())
    else:
        body = await _body(request, most, patience)
        size = len(body)
        parameters = _json(body)
    if isinstance(parameters, list):
        raise HttpProblem(400, ProblemCode.BATCHING_NOT_SUPPORTED, "One operation a request.")
    check_parameters(parameters)
    return parameters, size


def check_parameters(parameters: Any) -> None:
    """Their kinds; raises HttpProblem."""
    if not isinstance(parameters, dict):
        raise HttpProblem(400, ProblemCode.BAD_REQUEST, "The request must be an object.")
    for name, kind in (("variables", dict), ("extensions", dict), ("operationName", str)):
        if parameters.get(name) is not None and not isinstance(parameters[name], kind):
            raise HttpProblem(400, ProblemCode.BAD_REQUEST, f"{name} has a wrong type.")
    if isinstance(naming := read_naming(parameters), str):
        raise HttpProblem(400, ProblemCode.BAD_REQUEST, naming)
    if naming.text is not None and len(naming.text) > MAX_BODY:  # what is larger is for lists of transactions, and for programs
        raise HttpProblem(413, ProblemCode.BODY_TOO_LARGE, f"A document has at most {MAX_BODY} characters.")


async def _body(request: Request, most: int, patience: float) -> bytes:
    """The body up to its limit; of a longer one nothing is kept, and neither it nor a slow one is read without end."""
    if (length := request.headers.get("content-length", "0")).isdigit() and int(length) > FORGOTTEN:
        raise too_large(most)
    body, size = bytearray(), 0
    started = asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout(patience) as limit:
            async for chunk in request.stream():
                size += len(chunk)
                if size > most:
                    body.clear()
                    if size > FORGOTTEN:
                        break
                    continue  # without more time
                body += chunk
                if not limit.expired():  # in this very moment
                    limit.reschedule(started + patience + len(body) / SLOWEST)
    except TimeoutError:
        raise HttpProblem(408, ProblemCode.BODY_TOO_SLOW, "The body came too slowly.", {"Connection": "close"}) from None
    if size > most:
        raise too_large(most)
    return bytes(body)


def too_large(most: int) -> HttpProblem:
    return HttpProblem(413, ProblemCode.BODY_TOO_LARGE, f"The body has at most {most} bytes.", {"Connection": "close"})


def _json(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise HttpProblem(400, ProblemCode.BAD_REQUEST, "The request is no JSON.") from None


def request_id_of(request: HTTPConnection) -> str:
    """The caller's own id where it is a plain word, so that logs on both sides match."""
    one = told()
    return one.request_id if one is not None else request_id_from(request.headers.get("x-request-id"))
