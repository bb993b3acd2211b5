"""What a pass.json is made of, whatever it says: no nulls, no floats, and each key of its kind (A10, A11, A13); pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from re import compile as pattern
from typing import Any, Final

from honeyguide.wallet.apple.broken import Broken

STYLES: Final = ("boardingPass", "coupon", "eventTicket", "generic", "storeCard", "posterGeneric")
SECTIONS: Final = ("headerFields", "primaryFields", "secondaryFields", "auxiliaryFields", "backFields", "additionalInfoFields")
_DATE: Final = pattern(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})")
_DIGITS_OF_A_FLOAT: Final = 15  # 12.299999999999999 is no amount that anybody wrote
_LISTS: Final = {
    "barcodes": "A15",
    "locations": "A18",
    "beacons": "A18",
    "relevantDates": "A18",
    "featuredActions": "A22",
}
_OBJECTS: Final = {"barcode": "A15", "nfc": "A21", "semantics": "A20"} | dict.fromkeys(STYLES, "A10")


def misshapen(body: Mapping[str, Any]) -> tuple[Broken, ...]:
    """Keys of the wrong kind: nothing else of such a pass can be judged."""
    return tuple(_misshapen(body))


def _misshapen(body: Mapping[str, Any]) -> Iterator[Broken]:
    for key, rule in _LISTS.items():
        if not _is_list_of_objects(body.get(key, [])):
            yield Broken(rule, key, "a list of objects")
    for key, rule in _OBJECTS.items():
        if not isinstance(body.get(key, {}), Mapping):
            yield Broken(rule, key, "an object")
    if not isinstance(body.get("associatedStoreIdentifiers", []), (list, tuple)):
        yield Broken("A19", "associatedStoreIdentifiers", "a list of numbers")
    for style in STYLES:
        sections = body.get(style, {})
        for section in SECTIONS:
            fields = sections.get(section, []) if isinstance(sections, Mapping) else []
            if not _is_list_of_objects(fields):
                yield Broken("A10", f"{style}.{section}", "a list of fields")
            elif not all(isinstance(field.get("semantics", {}), Mapping) for field in fields):
                yield Broken("A20", f"{style}.{section}", "semantics are an object")


def _is_list_of_objects(node: Any) -> bool:
    return isinstance(node, (list, tuple)) and all(isinstance(item, Mapping) for item in node)


def broken_values(node: Any, place: str = "") -> Iterator[Broken]:
    """Nulls, empty texts, floats and what is no Unicode, wherever they are."""
    if node is None:
        yield Broken("A11", place, "null")
    elif isinstance(node, float) or (isinstance(node, Decimal) and len(node.as_tuple().digits) > _DIGITS_OF_A_FLOAT):
        yield Broken("A13", place, "a float; write whole numbers or exact decimals")
    elif isinstance(node, str):
        if not node:
            yield Broken("A11", place, "an empty string; leave the key out")
        elif not node.isprintable() and any("\ud800" <= char <= "\udfff" or char == "\0" for char in node):
            yield Broken("A11", place, "not encodable as UTF-8")
    elif isinstance(node, Mapping):
        for key, value in node.items():
            yield from broken_values(value, f"{place}.{key}" if place else str(key))
    elif isinstance(node, (list, tuple)):
        for index, value in enumerate(node):
            yield from broken_values(value, f"{place}[{index}]")


def is_number(value: object) -> bool:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def is_date_time(value: object) -> bool:
    """A complete date and time with its zone, as ISO 8601 has it."""
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True
