"""Answers to GET that a client may keep and ask about again: a strong ETag, and 304 for who has it (RFC 9110, 13)."""

from __future__ import annotations

from hashlib import blake2b

from starlette.requests import Request
from starlette.responses import Response

# Kept by the client alone, and asked about before each use. What an answer depends on besides its address:
_CACHING = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Accept, Accept-Language"}
_OF_THE_BODY = ("content-length", "content-type")


def conditional(request: Request, response: Response) -> Response:
    """The answer with its ETag; without a body when the client has just that."""
    kind = response.headers.get("content-type", "")
    tag = f'"{blake2b(kind.encode() + bytes(response.body), digest_size=16).hexdigest()}"'
    response.headers.update({**_CACHING, "ETag": tag})
    if not _has(request.headers.get("if-none-match", ""), tag):
        return response
    headers = {name: value for name, value in response.headers.items() if name not in _OF_THE_BODY}
    return Response(status_code=304, headers=headers)


def _has(header: str, tag: str) -> bool:
    """Weak comparison, as If-None-Match asks for: a proxy that compresses weakens tags."""
    return header.strip() == "*" or tag in (part.strip().removeprefix("W/") for part in header.split(","))
