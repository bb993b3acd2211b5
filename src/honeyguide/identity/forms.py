"""Forms and other small bodies, read no further than their bound."""

from __future__ import annotations

import asyncio
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

LARGEST_BODY: Final = 8_192  # bytes; a form of ours has some 300
PATIENCE: Final = 20.0  # seconds for such a body
MOST_FIELDS: Final = 60  # a program asks for so many consents at most, and a little more
FORM: Final = "application/x-www-form-urlencoded"


def read_form(text: str) -> dict[str, str] | None:
    """Each parameter once; None for what is no form. PostgreSQL takes no NUL, and nobody needs one."""
    try:
        pairs = parse_qsl(text, strict_parsing=bool(text), max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        return None
    fields = dict(pairs)
    return fields if len(fields) == len(pairs) and "\x00" not in "".join(fields.values()) else None


async def read_body(request: Request, media_type: str = FORM) -> str | None:
    """The text of a body of this type, within the bound."""
    body = await bounded_body(request) if type_of(request) == media_type else None
    try:
        return None if body is None else body.decode("utf-8")
    except UnicodeDecodeError:
        return None


async def bounded_body(request: Request) -> bytes | None:
    """The body, read no further than the bound; None beyond it, nothing of one that does not come to its end."""
    body = bytearray()
    try:
        async with asyncio.timeout(PATIENCE):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LARGEST_BODY:
                    return None
    except (ClientDisconnect, TimeoutError):
        return b""
    return bytes(body)


def is_foreign(ours: str, request: Request) -> bool:
    """Whether a page of another site sends this form; `ours` is the server's origin.

    Old browsers say an origin only, and `null` of a page that tells no referrer, as ours do not.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin", "null")
    if site is not None:
        return site not in ("same-origin", "none")
    return origin not in ("null", ours) and origin.partition("://")[2] != request.headers.get("host")


def is_plausible(email: str) -> bool:
    """Whether somebody meant an address at all; the same for everybody, so it tells nothing."""
    return 3 <= len(email) <= 254 and "@" in email and email.isprintable()


def type_of(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
