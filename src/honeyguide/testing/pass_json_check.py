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
_OLD: Final = {"QR", "PDF417", "Aztec", "Code128"}
_NEW: Final = {"EAN13", "Code39", "Codabar", "I2of5"}
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)")
_P256: Final = bytes.fromhex("06072a8648ce3d020106082a8648ce3d030107")


def check_pass_json(body: Any, *, loopback: bool) -> None:
    """Raise PassRefused for the first rule (A10-A25) that this content breaks."""
    if not isinstance(body, dict):
        raise PassRefused("A10", "pass.json is no object")
    _no_emptiness(body)
    _required(body)
    _layout(body)
    _barcodes(body)
    _look(body)
    _extras(body)
    _web_service(body, loopback)


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
    if "storeCard" in body:
        count = {section: sum(section == other for other, _ in fields) for section in FRONT}
        _refuse_if(count["headerFields"] > 3 or count["primaryFields"] > 1, "A12", "too many header or primary fields")
        _refuse_if(count["secondaryFields"] + count["auxiliaryFields"] > 4, "A12", "more than four fields below the strip")
    for section, field in fields:
        _field(section, field)


def _field(section: str, field: Mapping[str, Any]) -> None:
    key, value = field.get("key"), field.get("value")
    _refuse_if(not isinstance(key, str), "A11", "a field without key")
    _refuse_if(not isinstance(value, str) and not _is_number(value), "A11", f"{key}: value is neither text nor number")
    _refuse_if("textAlignment" in field and section in ("primaryFields", "backFields"), "A13", f"{key}: alignment in {section}")
    _refuse_if({"currencyCode", "numberStyle"} <= field.keys(), "A13", f"{key}: currency and number style at once")
    _refuse_if("currencyCode" in field and not _is_number(value), "A13", f"{key}: an amount that is no number")
    _refuse_if(bool({"dateStyle", "timeStyle"} & field.keys()) and not _is_moment(value), "A13", f"{key}: a date without zone")
    _refuse_if("changeMessage" in field and "%@" not in str(field["changeMessage"]), "A14", f"{key}: changeMessage without %@")


def _barcodes(body: Mapping[str, Any]) -> None:
    formats = [str(barcode.get("format", "")).removeprefix("PKBarcodeFormat") for barcode in body.get("barcodes", ())]
    for index, barcode in enumerate(body.get("barcodes", ())):
        _refuse_if(formats[index] not in _OLD | _NEW, "A15", f"barcode format {formats[index]}")
        _refuse_if(formats[index] in _NEW and not _OLD & set(formats[index + 1 :]), "A15", "no fallback barcode for older phones")
        try:
            barcode["message"].encode(barcode["messageEncoding"])
        except (KeyError, AttributeError, LookupError, UnicodeEncodeError) as error:
            raise PassRefused("A15", f"barcode {index} cannot be drawn: {error}") from error
    legacy = body.get("barcode")
    _refuse_if(legacy is not None and legacy["format"].removeprefix("PKBarcodeFormat") not in formats, "A15", "two symbologies")


def _look(body: Mapping[str, Any]) -> None:
    for key in ("backgroundColor", "foregroundColor", "labelColor"):
        parts = re.findall(r"\d+", str(body.get(key, "rgb(0,0,0)")))
        shape = re.fullmatch(r"rgb\( *\d+ *, *\d+ *, *\d+ *\)", str(body.get(key, "rgb(0,0,0)")))
        _refuse_if(shape is None or any(int(part) > 255 for part in parts), "A16", f"{key} {body.get(key)}")
    _refuse_if("expirationDate" in body and not _is_moment(body["expirationDate"]), "A17", "expirationDate is no date-time")
    for key, rule in (("voided", "A17"), ("sharingProhibited", "A19")):
        _refuse_if(not isinstance(body.get(key, True), bool), rule, f"{key} is not true or false")


def _extras(body: Mapping[str, Any]) -> None:
    _refuse_if(max(len(body.get("locations", ())), len(body.get("beacons", ()))) > 10, "A18", "more than ten places")
    _refuse_if("maxDistance" in body and not _is_number(body["maxDistance"]), "A18", "maxDistance is no number")
    for entry in body.get("relevantDates", ()):
        _refuse_if("startDate" not in entry and not {"date", "relevantDate"} <= entry.keys(), "A18", "relevantDates with one name only")
    stores = body.get("associatedStoreIdentifiers", [])
    _refuse_if(not all(_is_number(store) for store in stores), "A19", "associatedStoreIdentifiers are not numbers")
    _refuse_if("appLaunchURL" in body and not stores, "A19", "appLaunchURL without an app")
    _refuse_if("groupingIdentifier" in body and "storeCard" in body, "A19", "groupingIdentifier on a store card")
    for holder in (body, *(field for _, field in all_fields(body))):
        _refuse_if(bool(set(holder.get("semantics", {})) - {"balance"}), "A20", "semantic tags of another style")
    if nfc := body.get("nfc"):
        key = base64.b64decode(str(nfc.get("encryptionPublicKey", "")))
        _refuse_if(len(str(nfc.get("message", "")).encode()) > 64 or _P256 not in key, "A21", "nfc message or key")
    _refuse_if(len(body.get("featuredActions", ())) > 2, "A22", "more than two actions")


def _web_service(body: Mapping[str, Any], loopback: bool) -> None:
    if "webServiceURL" not in body:
        return
    url = urlsplit(body["webServiceURL"])
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
