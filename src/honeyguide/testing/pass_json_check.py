"""What an iPhone makes of a pass.json, read without the server's validator so that both must be right."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlsplit

from honeyguide.testing.refusal import PassRefused

STYLES: Final = {"boardingPass", "coupon", "eventTicket", "generic", "storeCard", "posterGeneric"}
FRONT: Final = ("headerFields", "primaryFields", "secondaryFields", "auxiliaryFields")
_LISTS: Final = {"barcodes": "A15", "locations": "A18", "beacons": "A18", "relevantDates": "A18", "featuredActions": "A22"}
_AMOUNT: Final = re.compile(r"-?\d+(\.\d+)?")
_OLD: Final = {"QR", "PDF417", "Aztec", "Code128"}
_NEW: Final = {"EAN13", "Code39", "Codabar", "I2of5"}
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)")
# SubjectPublicKeyInfo of P-256: ecPublicKey, prime256v1, then a compressed point (33 bytes); Wallet reads no other.
_P256: Final = re.compile(
    rb"\x30\x39\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x22\x00[\x02\x03].{32}", re.DOTALL
)
# The most fields of each row; rows that share their place are counted together (A12).
_NARROW: Final = ((3, ("headerFields",)), (1, ("primaryFields",)), (4, ("secondaryFields", "auxiliaryFields")))
_WIDE: Final = ((3, ("headerFields",)), (1, ("primaryFields",)), (4, ("secondaryFields",)), (4, ("auxiliaryFields",)))
_ROWS: Final = {"storeCard": _NARROW, "coupon": _NARROW, "generic": _WIDE, "eventTicket": _WIDE}


def check_pass_json(body: Any, *, loopback: bool) -> None:
    """Raise PassRefused for the first rule (A10-A25) that this content breaks."""
    if not isinstance(body, dict):
        raise PassRefused("A10", "pass.json is no object")
    _no_emptiness(body)
    check_shapes(body)
    _required(body)
    _layout(body)
    _barcodes(body)
    _look(body)
    _extras(body)
    _web_service(body, loopback)


def check_shapes(body: Mapping[str, Any]) -> None:
    """Raise PassRefused for lists and objects that are something else."""
    for key, rule in _LISTS.items():
        known = isinstance(body.get(key, []), list) and all(isinstance(one, dict) for one in body.get(key, ()))
        _refuse_if(not known, rule, f"{key} is no list of objects")
    _refuse_if(not isinstance(body.get("associatedStoreIdentifiers", []), list), "A19", "associatedStoreIdentifiers is no list")
    for key, rule in (("barcode", "A15"), ("nfc", "A21"), ("semantics", "A20"), *((style, "A10") for style in sorted(STYLES))):
        _refuse_if(not isinstance(body.get(key, {}), dict), rule, f"{key} is no object")
    for style in STYLES & body.keys():
        for section in (*FRONT, "backFields", "additionalInfoFields"):
            fields = body[style].get(section, [])
            known = isinstance(fields, list) and all(isinstance(one, dict) for one in fields)
            _refuse_if(not known, "A10", f"{style}.{section} is no list of fields")
            _refuse_if(not all(isinstance(one.get("semantics", {}), dict) for one in fields), "A20", f"semantics in {section}")


def all_fields(body: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every field with its section, front first."""
    for style in sorted(STYLES & body.keys()):
        for section in (*FRONT, "backFields"):
            for field in body[style].get(section, ()):
                yield section, field


def _refuse_if(broken: bool, rule: str, reason: str) -> None:
    if broken:
        raise PassRefused(rule, reason)


def _no_emptiness(node: Any, place: str = "pass.json") -> None:
    _refuse_if(node is None, "A11", f"{place} is null")
    _refuse_if(node == "" and isinstance(node, str), "A11", f"{place} is empty")
    # What a float left behind: 12.299999999999999 is no amount anybody wrote.
    _refuse_if(isinstance(node, Decimal) and len(node.as_tuple().digits) > 15, "A13", f"{place} is a float's {node}")
    if isinstance(node, dict):
        for key, value in node.items():
            _no_emptiness(value, f"{place}.{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            _no_emptiness(value, f"{place}[{index}]")


def _required(body: Mapping[str, Any]) -> None:
    _refuse_if(not _is_number(body.get("formatVersion")) or body["formatVersion"] != 1, "A10", "formatVersion is not 1")
    for key in ("passTypeIdentifier", "serialNumber", "teamIdentifier", "organizationName", "description"):
        _refuse_if(not isinstance(body.get(key), str), "A10", f"{key} is missing")
    styles = STYLES & body.keys()
    _refuse_if(len(styles) != 1 and styles != {"posterGeneric", "generic"}, "A10", f"styles: {sorted(styles)}")


def _layout(body: Mapping[str, Any]) -> None:
    fields = list(all_fields(body))
    keys = [field.get("key") for _, field in fields]
    _refuse_if("posterGeneric" not in body and len(set(keys)) != len(keys), "A11", "a field key is used twice")
    for style in _ROWS.keys() & body.keys() - ({"generic"} if "posterGeneric" in body else set()):
        for most, sections in _ROWS[style]:
            count = sum(len(body[style].get(section, ())) for section in sections)
            _refuse_if(count > most, "A12", f"{count} {' and '.join(sections)} in {style}, at most {most}")
    for section, field in fields:
        _field(section, field)


def _field(section: str, field: Mapping[str, Any]) -> None:
    key, value = field.get("key"), field.get("value")
    _refuse_if(not isinstance(key, str), "A11", "a field without key")
    _refuse_if(not isinstance(value, str) and not _is_number(value), "A11", f"{key}: value is neither text nor number")
    detected = field.get("dataDetectorTypes", [])
    known = isinstance(detected, list) and all(str(one).startswith("PKDataDetectorType") for one in detected)
    _refuse_if(not known, "A11", f"{key}: no list of data detectors")
    _refuse_if("textAlignment" in field and section in ("primaryFields", "backFields"), "A13", f"{key}: alignment in {section}")
    _refuse_if({"currencyCode", "numberStyle"} <= field.keys(), "A13", f"{key}: currency and number style at once")
    _refuse_if(bool({"currencyCode", "numberStyle"} & field.keys()) and not _is_number(value), "A13", f"{key}: an amount that is no number")
    _refuse_if(bool({"dateStyle", "timeStyle"} & field.keys()) and not _is_moment(value), "A13", f"{key}: a date without zone")
    _refuse_if("changeMessage" in field and "%@" not in str(field["changeMessage"]), "A14", f"{key}: changeMessage without %@")


def _barcodes(body: Mapping[str, Any]) -> None:
    formats = [str(barcode.get("format", "")).removeprefix("PKBarcodeFormat") for barcode in body.get("barcodes", ())]
    for index, barcode in enumerate(body.get("barcodes", ())):
        _refuse_if(formats[index] not in _OLD | _NEW, "A15", f"barcode format {formats[index]}")
        _refuse_if(formats[index] in _NEW and not _OLD & set(formats[index + 1 :]), "A15", "no fallback barcode for older phones")
        _drawable(barcode, str(index))
    legacy = body.get("barcode")
    if legacy is not None:
        _refuse_if(str(legacy.get("format", "")).removeprefix("PKBarcodeFormat") not in formats, "A15", "two symbologies")
        _drawable(legacy, "of older phones")


def _drawable(barcode: Mapping[str, Any], name: str) -> None:
    try:
        barcode["message"].encode(barcode["messageEncoding"])
    except (KeyError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise PassRefused("A15", f"barcode {name} cannot be drawn: {error}") from error


def _look(body: Mapping[str, Any]) -> None:
    for key in ("backgroundColor", "foregroundColor", "labelColor", "stripColor", "footerBackgroundColor"):
        parts = re.findall(r"\d+", str(body.get(key, "rgb(0,0,0)")))
        shape = re.fullmatch(r"rgb\( *\d+ *, *\d+ *, *\d+ *\)", str(body.get(key, "rgb(0,0,0)")))
        _refuse_if(shape is None or any(int(part) > 255 for part in parts), "A16", f"{key} {body.get(key)}")
    _refuse_if("expirationDate" in body and not _is_moment(body["expirationDate"]), "A17", "expirationDate is no date-time")
    for key, rule in (("voided", "A17"), ("sharingProhibited", "A19")):
        _refuse_if(not isinstance(body.get(key, True), bool), rule, f"{key} is not true or false")


def _extras(body: Mapping[str, Any]) -> None:
    _refuse_if(max(len(body.get("locations", ())), len(body.get("beacons", ()))) > 10, "A18", "more than ten places")
    _refuse_if("maxDistance" in body and not _is_number(body["maxDistance"]), "A18", "maxDistance is no number")
    for place in body.get("locations", ()):
        known = _is_number(place.get("latitude")) and _is_number(place.get("longitude")) and isinstance(place.get("relevantText", ""), str)
        _refuse_if(not known, "A18", "a location without numbers, or with a text that is none")
    _refuse_if(not all(isinstance(one.get("proximityUUID"), str) for one in body.get("beacons", ())), "A18", "a beacon without its UUID")
    for entry in body.get("relevantDates", ()):
        both, between = (entry.get("date"), entry.get("relevantDate")), (entry.get("startDate"), entry.get("endDate"))
        dated = both[0] == both[1] and all(map(_is_moment, both))
        _refuse_if(not dated and not all(map(_is_moment, between)), "A18", "relevantDates with one name only")
    stores = body.get("associatedStoreIdentifiers", [])
    _refuse_if(not all(_is_number(store) for store in stores), "A19", "associatedStoreIdentifiers are not numbers")
    _refuse_if("appLaunchURL" in body and not stores, "A19", "appLaunchURL without an app")
    _refuse_if("groupingIdentifier" in body and "storeCard" in body, "A19", "groupingIdentifier on a store card")
    for holder in (body, *(field for _, field in all_fields(body))):
        _semantics(holder.get("semantics", {}))
    if "nfc" in body:
        _nfc(body["nfc"])
    actions = body.get("featuredActions", ())
    whole = all(isinstance(one.get(key), str) for one in actions for key in ("identifier", "type", "url"))
    _refuse_if(len(actions) > 2 or not whole, "A22", "actions: two, whole")


def _semantics(tags: Mapping[str, Any]) -> None:
    _refuse_if(bool(set(tags) - {"balance"}), "A20", "semantic tags of another style")
    if "balance" in tags:
        balance = tags["balance"]
        whole = isinstance(balance, dict) and set(balance) == {"amount", "currencyCode"}
        _refuse_if(not whole or not _AMOUNT.fullmatch(str(balance["amount"])), "A20", "a balance is an amount and its currencyCode")


def _nfc(nfc: Mapping[str, Any]) -> None:
    message = nfc.get("message")
    _refuse_if(not isinstance(message, str) or len(message.encode()) > 64, "A21", "the nfc message has more than 64 bytes, or is none")
    try:
        key = base64.b64decode(str(nfc.get("encryptionPublicKey", "")), validate=True)
    except ValueError:
        key = b""
    _refuse_if(_P256.fullmatch(key) is None, "A21", "the nfc key is no P-256 SubjectPublicKeyInfo with a compressed point")
    _refuse_if(not isinstance(nfc.get("requiresAuthentication", True), bool), "A21", "requiresAuthentication is not true or false")


def _web_service(body: Mapping[str, Any], loopback: bool) -> None:
    if "webServiceURL" not in body:
        return
    try:
        url = urlsplit(str(body["webServiceURL"]))
    except ValueError as error:
        raise PassRefused("A25", f"webServiceURL: {error}") from error
    local = loopback and url.hostname in ("localhost", "127.0.0.1", "::1")
    _refuse_if(url.scheme != "https" and not (url.scheme == "http" and local), "A25", "webServiceURL is not https")
    _refuse_if(url.path.rstrip("/").endswith("/v1"), "A25", "webServiceURL ends in /v1")
    _refuse_if(len(str(body.get("authenticationToken", ""))) < 16, "A25", "authenticationToken is too short")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def _is_moment(value: object) -> bool:
    try:
        return isinstance(value, str) and _ISO.fullmatch(value) is not None and bool(datetime.fromisoformat(value))
    except ValueError:
        return False
