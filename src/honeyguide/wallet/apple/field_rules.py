"""The fields of a pass: how many, where, and what each may say (A11-A14, A20); pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final
from unicodedata import category, east_asian_width

from honeyguide.wallet.apple.broken import Broken
from honeyguide.wallet.apple.json_rules import SECTIONS, STYLES, is_date_time, is_number

# The most fields of each row; where both share one row, both names stand with it.
_ROWS: Final[Mapping[str, Mapping[tuple[str, ...], int]]] = {
    "storeCard": {("headerFields",): 3, ("primaryFields",): 1, ("secondaryFields", "auxiliaryFields"): 4},
    "coupon": {("headerFields",): 3, ("primaryFields",): 1, ("secondaryFields", "auxiliaryFields"): 4},
    "generic": {("headerFields",): 3, ("primaryFields",): 1, ("secondaryFields",): 4, ("auxiliaryFields",): 4},
    "eventTicket": {("headerFields",): 3, ("primaryFields",): 1, ("secondaryFields",): 4, ("auxiliaryFields",): 4},
}
_DETECTORS: Final = {f"PKDataDetectorType{name}" for name in ("PhoneNumber", "Link", "Address", "CalendarEvent")}
_UNSAFE_LINK: Final = re.compile(r"""href\s*=\s*["']?\s*(?!https?://|mailto:|tel:|["'>\s])""", re.IGNORECASE)
LONGEST: Final = {"headerFields": 12, "primaryFields": 18, "secondaryFields": 24, "auxiliaryFields": 24}


def all_fields(body: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Every field with its style and section."""
    for style in STYLES:
        for section in SECTIONS:
            for field in body.get(style, {}).get(section, ()):
                yield style, section, field


def truncations(body: Mapping[str, Any]) -> tuple[Broken, ...]:
    """What a small phone will probably cut off: a warning, no error (A12)."""
    return tuple(
        Broken("A12", f"{style}.{section}.{field.get('key')}", f"longer than {LONGEST[section]} characters is likely cut off")
        for style, section, field in all_fields(body)
        if section in LONGEST and width(str(field.get("value", ""))) > LONGEST[section]
    )


def width(text: str) -> int:
    """In letters: marks have no width, and Chinese signs are twice as wide."""
    if text.isascii():
        return len(text)
    return sum(0 if category(sign) in ("Cf", "Mn") else 2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def layout(body: Mapping[str, Any]) -> Iterator[Broken]:
    for style, rows in _ROWS.items():
        if style not in body or (style == "generic" and "posterGeneric" in body):
            continue
        for sections, most in rows.items():
            count = sum(len(body[style].get(section, ())) for section in sections)
            if count > most:
                names = " and ".join(sections)
                yield Broken("A12", f"{style}.{names}", f"{count} fields{' together' if len(sections) > 1 else ''}, at most {most}")


def fields(body: Mapping[str, Any]) -> Iterator[Broken]:
    seen: set[tuple[str, str]] = set()
    for style, section, field in all_fields(body):
        key, place = field.get("key"), f"{style}.{section}.{field.get('key')}"
        if not isinstance(key, str):
            yield Broken("A11", place, "a field without key")
        elif (style, key) in seen:
            yield Broken("A11", place, "this key is used by two fields")
        seen.add((style, str(key)))
        yield from _field(section, field, place)


def _field(section: str, field: Mapping[str, Any], place: str) -> Iterator[Broken]:
    value = field.get("value")
    number = is_number(value)
    if not number and not isinstance(value, str):
        yield Broken("A11", place, "value is text or a number")
    for name in ("label", "changeMessage", "attributedValue"):
        if name in field and not isinstance(field[name], str) and not (name == "attributedValue" and is_number(field[name])):
            yield Broken("A11", place, f"{name} is text")
    detected = field.get("dataDetectorTypes", [])
    if not isinstance(detected, list) or not all(isinstance(one, str) and one in _DETECTORS for one in detected):
        yield Broken("A11", place, "dataDetectorTypes is a list of " + ", ".join(sorted(_DETECTORS)))
    if "textAlignment" in field and section in ("primaryFields", "backFields"):
        yield Broken("A13", place, "no textAlignment on primary and back fields")
    if "currencyCode" in field and "numberStyle" in field:
        yield Broken("A13", place, "currencyCode or numberStyle, not both")
    if ("currencyCode" in field or "numberStyle" in field) and not number:
        yield Broken("A13", place, "money and styled numbers are JSON numbers")
    if "currencyCode" in field and not re.fullmatch("[A-Z]{3}", str(field["currencyCode"])):
        yield Broken("A13", place, "currencyCode is an ISO 4217 code")
    if ("dateStyle" in field or "timeStyle" in field) and not is_date_time(value):
        yield Broken("A13", place, "a date is ISO 8601 with its zone")
    if "changeMessage" in field and "%@" not in str(field["changeMessage"]):
        yield Broken("A14", place, "changeMessage without %@ shows nothing; leave it out for a silent update")
    if _UNSAFE_LINK.search(str(field.get("attributedValue", ""))):
        yield Broken("A11", place, "attributedValue links to https:, http:, mailto: and tel: only")
    yield from semantics(field, place)


def semantics(holder: Mapping[str, Any], place: str = "pass") -> Iterator[Broken]:
    """Of a field, or of the whole pass."""
    for tag, content in holder.get("semantics", {}).items():
        if tag != "balance":
            yield Broken("A20", f"{place}.semantics.{tag}", "only balance on a loyalty card")
        elif not isinstance(content, Mapping) or set(content) != {"amount", "currencyCode"}:
            yield Broken("A20", f"{place}.semantics.balance", "has amount and currencyCode")
        elif not _is_amount(content["amount"]) or not re.fullmatch("[A-Z]{3}", str(content["currencyCode"])):
            yield Broken("A20", f"{place}.semantics.balance", "an amount such as 12.50, as text, and an ISO 4217 code")


def _is_amount(amount: object) -> bool:
    return isinstance(amount, (str, int, Decimal)) and re.fullmatch(r"-?\d+(\.\d+)?", str(amount)) is not None
