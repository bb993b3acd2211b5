"""JSON as passes need it: exact numbers, no key twice, no byte order mark; pure."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any


def parse_exact(content: bytes) -> dict[str, Any]:
    """An object; raises ValueError with what is wrong."""
    if content.startswith(b"\xef\xbb\xbf"):
        raise ValueError("begins with a byte order mark")
    try:
        parsed = json.loads(content.decode("utf-8"), parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_once)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(parsed, dict):
        raise ValueError("not a JSON object")
    return parsed


def _no_number(constant: str) -> Any:
    raise ValueError(f"{constant} is no number of JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a key is written twice in one object")
    return content
