"""Google's batch endpoint: many calls in one multipart body, each answered and counted as its own (G9)."""

from __future__ import annotations

from email import message_from_bytes
from email.message import Message
from http import HTTPStatus

import httpx
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp

_MOST, _BETWEEN = 1000, "batch_honeyguide"


async def run_batch(app: ASGIApp, request: Request) -> Response:
    """Each part is an application/http request; its token is its own, or that of the batch."""
    head = f"Content-Type: {request.headers.get('content-type', '')}\r\n\r\n".encode()
    whole = message_from_bytes(head + await request.body())
    parts = whole.get_payload() if whole.is_multipart() else []
    if not isinstance(parts, list) or not 0 < len(parts) <= _MOST:
        return PlainTextResponse("a batch is multipart/mixed of 1 to 1000 calls", 400)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://batch", timeout=60) as http:
        answers = [await _part(http, part, request.headers.get("authorization", "")) for part in parts if isinstance(part, Message)]
    body = b"".join(b"--%b\r\n%b\r\n" % (_BETWEEN.encode(), answer) for answer in answers) + b"--%b--" % _BETWEEN.encode()
    return Response(body, media_type=f"multipart/mixed; boundary={_BETWEEN}")


async def _part(http: httpx.AsyncClient, part: Message, authorization: str) -> bytes:
    first, _, rest = (part.get_payload(decode=True) or b"").lstrip().partition(b"\n")  # type: ignore[union-attr]
    words = first.decode("ascii", "replace").split()
    inner = message_from_bytes(rest.lstrip(b"\r\n") if rest.startswith((b"\r\n\r\n", b"\n\n")) else rest)
    content = inner.get_payload(decode=True)
    if len(words) < 2:
        status, answered, kind = 400, b"no call", "text/plain"
    else:
        headers = {"authorization": inner.get("Authorization", authorization), "content-type": "application/json"}
        answer = await http.request(words[0], words[1], headers=headers, content=content if isinstance(content, bytes) else b"")
        status, answered, kind = answer.status_code, answer.content, answer.headers.get("content-type", "application/json")
    name = part.get("Content-ID", "").strip("<>")
    head = f"Content-Type: application/http\r\nContent-ID: <response-{name}>\r\n\r\n"
    line = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: {kind}\r\nContent-Length: {len(answered)}\r\n\r\n"
    return (head + line).encode() + answered
