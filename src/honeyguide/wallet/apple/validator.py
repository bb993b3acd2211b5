"""The rules of wallet.md that Wallet enforces in silence, each broken one named before a pass is signed."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlsplit

STYLES: Final = ("boardingPass", "coupon", "eventTicket", "generic", "storeCard", "posterGeneric")
SECTIONS: Final = ("headerFields", "primaryFields", "secondaryFields", "auxiliaryFields", "backFields", "additionalInfoFields")
_CLASSIC_BARCODES: Final = {"PKBarcodeFormatQR", "PKBarcodeFormatPDF417", "PKBarcodeFormatAztec", "PKBarcodeFormatCode128"}
_NEW_BARCODES: Final = {"PKBarcodeFormatEAN13", "PKBarcodeFormatCode39", "PKBarcodeFormatCodabar", "PKBarcodeFormatI2of5"}
_COLOUR: Final = re.compile(r"rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})")
_LOOPBACK: Final = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule of wallet.md, where in the pass it is broken, and how."""

    rule: str
    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.place}: {self.reason}"


class PassInvalid(ValueError):
    """Wallet would refuse this pass; `broken` says why."""

    def __init__(self, broken: tuple[Broken, ...]) -> None:
        super().__init__("; ".join(map(str, broken)))
        self.broken = broken


def broken_rules(body: Mapping[str, Any], *, loopback_allowed: bool = False, with_nfc: bool = True) -> tuple[Broken, ...]:
    """Every rule that the content of a pass.json breaks, none when Wallet will take it."""
    found = [*_values(body, "")]
    for check in _CHECKS:
        found += check(body)
    if "nfc" in body and not with_nfc:
        found.append(Broken("A21", "nfc", 'the signing certificate is no "Pass Type ID with NFC"'))
    return (*found, *_web_service(body, loopback_allowed))


def truncations(body: Mapping[str, Any]) -> tuple[Broken, ...]:
    """What a small phone will probably cut off: a warning, no error (A12)."""
    longest = {"headerFields": 12, "primaryFields": 18, "secondaryFields": 24, "auxiliaryFields": 24}
    return tuple(
        Broken("A12", f"{style}.{section}.{field.get('key')}", f"longer than {longest[section]} characters is likely cut off")
        for style, section, field in _all_fields(body)
        if section in longest and len(str(field.get("value", ""))) > longest[section]
    )


def _values(node: Any, place: str) -> Iterator[Broken]:
    if node is None:
        yield Broken("A11", place, "null")
    elif isinstance(node, float):
        yield Broken("A13", place, "a float; write whole numbers or exact decimals")
    elif isinstance(node, str):
        if not node:
            yield Broken("A11", place, "an empty string; leave the key out")
        elif not node.isprintable() and any("\ud800" <= char <= "\udfff" or char == "\0" for char in node):
            yield Broken("A11", place, "not encodable as UTF-8")
    elif isinstance(node, Mapping):
        for key, value in node.items():
            yield from _values(value, f"{place}.{key}" if place else str(key))
    elif isinstance(node, (list, tuple)):
        for index, value in enumerate(node):
            yield from _values(value, f"{place}[{index}]")


def _required(body: Mapping[str, Any]) -> Iterator[Broken]:
    if body.get("formatVersion") != 1 or body["formatVersion"] is True:
        yield Broken("A10", "formatVersion", "must be the number 1")
    for key in ("passTypeIdentifier", "serialNumber", "teamIdentifier", "organizationName", "description"):
        if not isinstance(body.get(key), str):
            yield Broken("A10", key, "required text is missing")
    styles = [style for style in STYLES if style in body]
    if len(styles) != 1 and set(styles) != {"posterGeneric", "generic"}:
        yield Broken("A10", ", ".join(styles) or "style", "exactly one style, or posterGeneric with generic")


def _layout(body: Mapping[str, Any]) -> Iterator[Broken]:
    card = body.get("storeCard")
    if not isinstance(card, Mapping):
        return
    counts = {section: len(card.get(section, ())) for section in SECTIONS}
    for section, most in (("headerFields", 3), ("primaryFields", 1)):
        if counts[section] > most:
            yield Broken("A12", f"storeCard.{section}", f"{counts[section]} fields, at most {most}")
    if counts["secondaryFields"] + counts["auxiliaryFields"] > 4:
        yield Broken("A12", "storeCard", "more than 4 secondary and auxiliary fields together")


def _fields(body: Mapping[str, Any]) -> Iterator[Broken]:
    seen: set[tuple[str, Any]] = set()
    for style, section, field in _all_fields(body):
        key, place = field.get("key"), f"{style}.{section}.{field.get('key')}"
        if not isinstance(key, str):
            yield Broken("A11", place, "a field without key")
        if (style, key) in seen:
            yield Broken("A11", place, "this key is used by two fields")
        seen.add((style, key))
        yield from _field(section, field, place)


def _field(section: str, field: Mapping[str, Any], place: str) -> Iterator[Broken]:
    value = field.get("value")
    number = isinstance(value, (int, Decimal)) and not isinstance(value, bool)
    if not number and not isinstance(value, str):
        yield Broken("A11", place, "value is text or a number")
    if "textAlignment" in field and section in ("primaryFields", "backFields"):
        yield Broken("A13", place, "no textAlignment on primary and back fields")
    if "currencyCode" in field and "numberStyle" in field:
        yield Broken("A13", place, "currencyCode or numberStyle, not both")
    if ("currencyCode" in field or "numberStyle" in field) and not number:
        yield Broken("A13", place, "money and styled numbers are JSON numbers")
    if "currencyCode" in field and not re.fullmatch("[A-Z]{3}", str(field["currencyCode"])):
        yield Broken("A13", place, "currencyCode is an ISO 4217 code")
    if ("dateStyle" in field or "timeStyle" in field) and not _is_date_time(value):
        yield Broken("A13", place, "a date is ISO 8601 with its zone")
    if "changeMessage" in field and "%@" not in str(field["changeMessage"]):
        yield Broken("A14", place, "changeMessage without %@ shows nothing; leave it out for a silent update")
    yield from _semantics(field, place)


def _barcodes(body: Mapping[str, Any]) -> Iterator[Broken]:
    barcodes = body.get("barcodes", [])
    for index, barcode in enumerate(barcodes):
        place, form = f"barcodes[{index}]", barcode.get("format")
        if form not in _CLASSIC_BARCODES | _NEW_BARCODES:
            yield Broken("A15", place, f"{form} is no barcode format")
        try:
            str(barcode.get("message", "")).encode(barcode.get("messageEncoding", "?"))
        except (UnicodeEncodeError, LookupError):
            yield Broken("A15", place, "message does not fit into messageEncoding")
        if not isinstance(barcode.get("message"), str):
            yield Broken("A15", place, "message is text")
        if form in _NEW_BARCODES and not any(later.get("format") in _CLASSIC_BARCODES for later in barcodes[index + 1 :]):
            yield Broken("A15", place, "older phones need a QR, PDF417, Aztec or Code128 fallback after it")
    legacy = body.get("barcode")
    if isinstance(legacy, Mapping) and legacy.get("format") not in {barcode.get("format") for barcode in barcodes}:
        yield Broken("A15", "barcode", "another symbology than any of barcodes")


def _appearance(body: Mapping[str, Any]) -> Iterator[Broken]:
    for key in ("backgroundColor", "foregroundColor", "labelColor", "stripColor", "footerBackgroundColor"):
        if key in body:
            match = _COLOUR.fullmatch(str(body[key]))
            if match is None or any(int(part) > 255 for part in match.groups()):
                yield Broken("A16", key, "not written as rgb(0-255, 0-255, 0-255)")
    if "expirationDate" in body and not _is_date_time(body["expirationDate"]):
        yield Broken("A17", "expirationDate", "a complete date and time with its zone")
    if "voided" in body and not isinstance(body["voided"], bool):
        yield Broken("A17", "voided", "true or false")


def _relevance(body: Mapping[str, Any]) -> Iterator[Broken]:
    for key in ("locations", "beacons"):
        if len(body.get(key, ())) > 10:
            yield Broken("A18", key, "at most 10")
    if "maxDistance" in body and not _is_number(body["maxDistance"]):
        yield Broken("A18", "maxDistance", "a number of metres")
    for index, location in enumerate(body.get("locations", ())):
        if not (_is_number(location.get("latitude")) and _is_number(location.get("longitude"))):
            yield Broken("A18", f"locations[{index}]", "latitude and longitude are numbers")
    for index, relevant in enumerate(body.get("relevantDates", ())):
        # Renamed in iOS 26: older systems read one name, newer ones the other.
        both_names = relevant.get("date") == relevant.get("relevantDate") and _is_date_time(relevant.get("date"))
        if "startDate" not in relevant and not both_names:
            yield Broken("A18", f"relevantDates[{index}]", "date and relevantDate, both the same date-time")


def _links(body: Mapping[str, Any]) -> Iterator[Broken]:
    stores = body.get("associatedStoreIdentifiers", [])
    if not all(isinstance(store, int) and not isinstance(store, bool) for store in stores):
        yield Broken("A19", "associatedStoreIdentifiers", "numbers, not text")
    if "appLaunchURL" in body and not stores:
        yield Broken("A19", "appLaunchURL", "needs associatedStoreIdentifiers")
    if "groupingIdentifier" in body and not {"boardingPass", "eventTicket"} & body.keys():
        yield Broken("A19", "groupingIdentifier", "for boarding passes and event tickets only")
    if "sharingProhibited" in body and not isinstance(body["sharingProhibited"], bool):
        yield Broken("A19", "sharingProhibited", "true or false")
    actions = body.get("featuredActions", [])
    if len(actions) > 2 or not all({"identifier", "type", "url"} <= action.keys() for action in actions):
        yield Broken("A22", "featuredActions", "at most 2, each with identifier, type and url")


def _semantics(holder: Mapping[str, Any], place: str) -> Iterator[Broken]:
    tags = holder.get("semantics", {})
    for tag, content in tags.items():
        if tag != "balance":
            yield Broken("A20", f"{place}.semantics.{tag}", "only balance on a loyalty card")
        elif not isinstance(content, Mapping) or set(content) != {"amount", "currencyCode"}:
            yield Broken("A20", f"{place}.semantics.balance", "has amount and currencyCode")


def _top_semantics(body: Mapping[str, Any]) -> Iterator[Broken]:
    yield from _semantics(body, "pass")


def _nfc(body: Mapping[str, Any]) -> Iterator[Broken]:
    nfc = body.get("nfc")
    if nfc is None:
        return
    message = nfc.get("message")
    if not isinstance(message, str) or len(message.encode()) > 64:
        yield Broken("A21", "nfc.message", "text of at most 64 bytes")
    try:
        key = base64.b64decode(str(nfc.get("encryptionPublicKey")), validate=True)
    except binascii.Error:
        key = b""
    # A SubjectPublicKeyInfo names its curve: id-ecPublicKey, prime256v1.
    if b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07" not in key:
        yield Broken("A21", "nfc.encryptionPublicKey", "base64 of a P-256 SubjectPublicKeyInfo")


def _web_service(body: Mapping[str, Any], loopback_allowed: bool) -> Iterator[Broken]:
    url, token = body.get("webServiceURL"), body.get("authenticationToken")
    if url is None:
        return
    parts = urlsplit(str(url))
    if parts.scheme != "https" and not (loopback_allowed and parts.scheme == "http" and parts.hostname in _LOOPBACK):
        yield Broken("A25", "webServiceURL", "https, or http on this machine in development")
    if parts.path.rstrip("/").endswith("/v1"):
        yield Broken("A25", "webServiceURL", "without /v1, which devices append")
    if not isinstance(token, str) or len(token) < 16:
        yield Broken("A25", "authenticationToken", "at least 16 characters")


def _all_fields(body: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for style in STYLES:
        for section in SECTIONS:
            for field in (body.get(style) or {}).get(section, ()):
                yield style, section, field


def _is_number(value: object) -> bool:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def _is_date_time(value: object) -> bool:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


_CHECKS: Final[tuple[Callable[[Mapping[str, Any]], Iterator[Broken]], ...]] = (
    _required,
    _layout,
    _fields,
    _barcodes,
    _appearance,
    _relevance,
    _links,
    _top_semantics,
    _nfc,
)
