"""Events as graphql-sse writes them (PROTOCOL.md of enisdenjo/graphql-sse); pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

MEDIA_TYPE = "text/event-stream; charset=utf-8"
# A comment: proxies see that the connection lives, clients see nothing.
PING = b":\n\n"


def next_event(result: Mapping[str, Any], operation_id: str | None = None) -> bytes:
    """One result; of several operations on one connection with the id of its own."""
    data = result if operation_id is None else {"id": operation_id, "payload": result}
    return b"event: next\ndata: " + orjson.dumps(data) + b"\n\n"


def complete_event(operation_id: str | None = None) -> bytes:
    """The end of an operation; its data is never left out, as an EventSource drops events without."""
    return b"event: complete\ndata: " + (b"" if operation_id is None else orjson.dumps({"id": operation_id})) + b"\n\n"


def comment(words: str) -> bytes:
    """For whoever reads the wire; clients skip it."""
    return b": " + " ".join(words.split()).encode() + b"\n\n"
