"""Many calls in one request, as Google's batch endpoint takes them: one connection and one wait for an import, each call counted (G9); pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from email import message_from_bytes
from email.message import Message
from typing import Any, Final

import orjson

_BETWEEN: Final = "honeyguide_batch"
CONTENT_TYPE: Final = f"multipart/mixed; boundary={_BETWEEN}"


def batch_body(method: str, path: str, bodies: Sequence[Mapping[str, Any]]) -> bytes:
    """The same call with each of these bodies; `path` from the root of the API on."""
    parts = [_part(place, method, path, orjson.dumps(body)) for place, body in enumerate(bodies)]
    return b"".join(parts) + f"--{_BETWEEN}--\r\n".encode()


def batch_answers(content_type: str, body: bytes, count: int) -> list[tuple[int, bytes] | None]:
    """Status and body of each call, in their order; None where Google's answer has none for it."""
    answers: list[tuple[int, bytes] | None] = [None] * count
    whole = message_from_bytes(b"Content-Type: " + content_type.encode("latin-1", "replace") + b"\r\n\r\n" + body)
    for part in whole.get_payload() if whole.is_multipart() else ():
        place = _place(part) if isinstance(part, Message) else None
        if place is not None and place < count:
            answers[place] = _answer(part.get_payload(decode=True))  # type: ignore[union-attr]
    return answers


def _part(place: int, method: str, path: str, content: bytes) -> bytes:
    head = f"--{_BETWEEN}\r\nContent-Type: application/http\r\nContent-ID: <{place}>\r\n\r\n"
    line = f"{method} {path} HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    return (head + line).encode() + content + b"\r\n"


def _place(part: Message) -> int | None:
    """Google answers `<response-3>` to `<3>`."""
    said = str(part.get("Content-ID", "")).strip("<> ").removeprefix("response-")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 6 else None


def _answer(raw: object) -> tuple[int, bytes] | None:
    if not isinstance(raw, bytes):
        return None
    head, _, body = raw.lstrip().replace(b"\r\n", b"\n").partition(b"\n\n")
    words = head.partition(b"\n")[0].split()
    if len(words) < 2 or not words[1].isdigit() or len(words[1]) != 3:
        return None
    return int(words[1]), body
