"""What may stand in a log line: listed keys, short plain strings, and nothing that looks like a secret or like somebody's address or number."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# Keys whose values come from our own code or are checked where they come in; they are taken as they are.
CLOSED = frozenset({
    "timestamp", "level", "logger", "process", "request_id", "trace_id", "span_id",
    "audience", "operation", "kind", "transport", "outcome", "codes", "refused", "replayed", "status", "milliseconds", "cost",
    "exception", "frames",
})  # fmt: skip
KEYS = CLOSED | {"event"}

LONGEST_EVENT = 2_000
REMOVED = "[removed]"

_UUID = r"(?![0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![\w-]))"
_REMOVED = re.compile(
    "|".join((
        r"(?<=://)[^\s/@]*@",  # name and password of an address
        r"[?#][^\s\"'<>]*=[^\s\"'<>]*",  # its query
        r"[^\s@<>\"'(),;:=/]+@[^\s@<>\"'(),;:/]+",  # e-mail
        r"\beyJ[\w-]{5,}(?:\.[\w-]*){0,4}",  # JWT, JWE
        r"\b(?i:bearer|basic|dpop)\s+[\w.~+/=-]{8,}",
        rf"(?<![\w-]){_UUID}(?=[\w-]*\d)(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{{24,}}",  # tokens and keys: random words
        r"(?<![\w-])[0-9a-z]{24,}(?![\w-])",  # and in hexadecimal
        r"(?<![\w-])\+\d(?:[ ()/-]{0,2}\d){6,}",  # telephone
        r"(?<![\w.:-])0\d{2,4}[ /-]\d(?:[ -]?\d){4,}",
        r"(?<![\w.-])\d(?:[ -]?\d){11,}(?![\w-])",  # numbers of members and cards, in groups or not
        r"(?<![\w.-])\d{9,}(?![\w-])",
        r"(?<![\d.])(?!127\.|0\.0\.0\.0)(?:\d{1,3}\.){3}\d{1,3}(?![\d.])",  # IPv4, but for this machine's own
        r"(?<![\w:.])(?=[0-9A-Fa-f:]*::|(?:[0-9A-Fa-f]{1,4}:){4})[0-9A-Fa-f:]{5,}(?![\w:])",  # IPv6
    ))
)  # fmt: skip


def fit(line: Mapping[str, Any]) -> dict[str, Any]:
    """The line with what may be said: unlisted keys go, strings are made fit."""
    return {key: value if key in CLOSED else fit_text(str(value), LONGEST_EVENT) for key, value in line.items() if key in KEYS}


def fit_text(text: str, longest: int) -> str:
    """Bounded, on one line, with nothing in it that looks like a token, an e-mail address, a telephone or member number or an IP address."""
    text = _REMOVED.sub(REMOVED, text[: longest * 2])
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    return text if text.isprintable() else "".join(one if one.isprintable() else _escaped(one) for one in text)


def _escaped(one: str) -> str:
    """Control characters forge lines, signs of direction turn them around."""
    return one.encode("unicode_escape").decode()
