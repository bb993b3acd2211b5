"""Apple's .strings files: reading both encodings that occur in the wild, writing one (A23)."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from typing import Final

_PAIR: Final = re.compile(r'\s*"((?:[^"\\]|\\.)*)"\s*=\s*"((?:[^"\\]|\\.)*)"\s*;', re.DOTALL)
_SKIPPED: Final = re.compile(r"(?:\s+|/\*.*?\*/|//[^\n]*)+", re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(U[0-9A-Fa-f]{4}|u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_NAMED: Final = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}


class StringsInvalid(ValueError):
    """The file is no list of `"text" = "translation";` lines."""


def read_strings(content: bytes) -> dict[str, str]:
    """The translations in a .strings file, UTF-8 or UTF-16; raises StringsInvalid with the line."""
    text, position, pairs = _decode(content), 0, dict[str, str]()
    while True:
        if skipped := _SKIPPED.match(text, position):
            position = skipped.end()
        if position == len(text):
            return pairs
        pair = _PAIR.match(text, position)
        if pair is None:
            raise StringsInvalid(f'line {text.count(chr(10), 0, position) + 1}: expected "text" = "translation";')
        key = _unescape(pair[1])
        if key in pairs:
            raise StringsInvalid(f"line {text.count(chr(10), 0, position) + 1}: {key!r} is translated twice")
        pairs[key] = _unescape(pair[2])
        if any("\ud800" <= sign <= "\udfff" for sign in key + pairs[key]):
            raise StringsInvalid(f"line {text.count(chr(10), 0, position) + 1}: half of a surrogate pair is no text")
        position = pair.end()


def write_strings(pairs: Mapping[str, str]) -> bytes:
    """A .strings file in UTF-8, one pair a line, sorted."""
    return "".join(f'"{_escape(key)}" = "{_escape(pairs[key])}";\n' for key in sorted(pairs)).encode()


def _decode(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif b"\0" in content[:2]:
        encoding = "utf-16-be" if content[:1] == b"\0" else "utf-16-le"
    else:
        encoding = "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise StringsInvalid(f"not {encoding}: {error.reason}") from error


def _escape(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "\\r").replace("\n", "\\n").replace("\t", "\\t")
    return escaped.replace("\0", "\\U0000")  # a NUL byte would make the file look like UTF-16


def _unescape(text: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1][1:], 16)) if len(match[1]) == 5 else _NAMED.get(match[1], match[1]), text)
