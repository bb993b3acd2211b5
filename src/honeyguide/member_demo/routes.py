"""Serves the page and its files, and says what a QR code of a text looks like, for the page has no library that could."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final

import segno
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from honeyguide.api.services import Services
from honeyguide.caller import Audience
from honeyguide.identity.answers import in_json, problem
from honeyguide.identity.forms import read_body
from honeyguide.identity.refusal import TokenRefused
from honeyguide.member_demo.files import PageFile, page_files

_LONGEST_MESSAGE: Final = 200  # characters; a card's has some thirty
_PLAIN: Final = "text/plain"

# Scripts and styles of this server alone, none inside the page; text never becomes HTML (Trusted Types without any policy).
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
_HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-cache",  # ask each time, by the tag: a new release is there at once
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}


def member_demo_routes(services: Callable[[], Services]) -> list[Route]:
    """`services` is asked at each request: they exist once the process has started."""
    files = page_files()

    async def page(request: Request) -> Response:
        return _file(request, files["index.html"])

    async def file(request: Request) -> Response:
        found = files.get(request.path_params["path"])
        return _file(request, found) if found is not None else Response(status_code=HTTPStatus.NOT_FOUND, headers=_HEADERS)

    async def qr(request: Request) -> Response:
        """The dark modules (1) of a text's QR code, row by row; for members alone, so that nobody else makes us work."""
        offered = services()
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        caller = await offered.door.verify(token.strip(), Audience.MEMBER, offered.clock()) if scheme.lower() == "bearer" else None
        if caller is None or isinstance(caller, TokenRefused):
            return problem(401, "invalid_token", "a member's token is needed", {"WWW-Authenticate": 'Bearer realm="honeyguide"'})
        message = await read_body(request, _PLAIN)
        if not message or len(message) > _LONGEST_MESSAGE:
            return problem(400, "invalid_request", f"send {_PLAIN}, up to {_LONGEST_MESSAGE} characters")
        matrix = segno.make(message, error="m", micro=False).matrix
        return in_json(200, {"rows": ["".join(map(str, row)) for row in matrix]})

    return [
        Route("/member/demo", page, methods=["GET"]),
        Route("/member/demo/qr", qr, methods=["POST"]),
        Route("/member/demo/{path:path}", file, methods=["GET"]),
    ]


def _file(request: Request, file: PageFile) -> Response:
    headers = {**_HEADERS, "ETag": file.tag}
    if request.headers.get("if-none-match") == file.tag:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(file.content, headers=headers, media_type=file.media_type)
