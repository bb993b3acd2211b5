"""JSON as passes need it: exact numbers that phones can show, real Unicode, no key twice, no byte order mark; pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, Final

_DEEPEST: Final = 32
_LARGEST: Final = 2**53 - 1  # beyond it a phone, which counts in doubles, shows another number
_PLACES: Final = 15
_DIGITS: Final = 17  # with its sign; more are not even read


def parse_exact(content: bytes) -> dict[str, Any]:
    """An object; raises ValueError with what is wrong."""
    if content.startswith(b"\xef\xbb\xbf"):
        raise ValueError("begins with a byte order mark")
    try:
        parsed = json.loads(
            content.decode("utf-8"), parse_float=_decimal, parse_int=_integer, parse_constant=_no_number, object_pairs_hook=_once
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(parsed, dict):
        raise ValueError("not a JSON object")
    for node in _nodes(parsed):
        if isinstance(node, str) and any("\ud800" <= sign <= "\udfff" for sign in node):
            raise ValueError("half of a surrogate pair is no text")
    return parsed


def is_plain(number: Decimal) -> bool:
    """Whether it is written out in a few digits: 1e999999999 is short here and fills the memory as text."""
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and -_PLACES <= exponent <= _PLACES and abs(number) <= _LARGEST


def _nodes(parsed: Any) -> Iterator[Any]:
    """Keys, values and items; raises ValueError where they are nested too deeply for who reads them next."""
    waiting = [(parsed, 1)]
    while waiting:
        node, depth = waiting.pop()
        if depth > _DEEPEST:
            raise ValueError("nested too deeply")
        yield node
        if isinstance(node, dict):
            yield from node
            waiting += [(value, depth + 1) for value in node.values()]
        elif isinstance(node, list):
            waiting += [(item, depth + 1) for item in node]


def _integer(text: str) -> int:
    if len(text) > _DIGITS or abs(number := int(text)) > _LARGEST:
        raise ValueError("a number with more digits than phones can show")
    return number


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError("a number with more digits than phones can show") from None
    if not is_plain(number):
        raise ValueError("a number with more digits than phones can show")
    return number


def _no_number(constant: str) -> Any:
    raise ValueError(f"{constant} is no number of JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a key is written twice in one object")
    return content
