"""What Google demands of classes and objects beyond its schema: the G rules of wallet.md, each finding named by its rule."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

Resource = Mapping[str, Any]

_ID = re.compile(r"[0-9]+\.[A-Za-z0-9._-]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_BASE16 = re.compile(r"([0-9A-Fa-f]{2}){10,64}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?")
MOST_MESSAGES = 10
_LOCAL = re.compile(r"http://(127\.0\.0\.1|localhost)(:\d+)?/")


def class_findings(new: Resource, known: Resource | None) -> list[str]:
    needed = _needed(new, "id", "issuerName", "programName", "programLogo", "reviewStatus")
    return [*needed, *_review(new, known), *_smart_tap(new), *_common(new)]


def object_findings(new: Resource) -> list[str]:
    return [*_needed(new, "id", "classId", "state"), *_balances(new), *_rotating(new), *_interval(new), *_common(new)]


def message_findings(message: Resource, known: Resource) -> list[str]:
    """What is wrong with one message more on this resource (G8)."""
    found = [f"G8: {name} is required" for name in ("id", "header", "body") if not message.get(name)]
    if message.get("messageType") not in ("TEXT", "TEXT_AND_NOTIFY"):
        found.append("G8: messageType must be TEXT or TEXT_AND_NOTIFY")
    if len(known.get("messages", ())) >= MOST_MESSAGES:
        found.append(f"G8: more than {MOST_MESSAGES} messages")
    return [*found, *_walk(message)]


def unlinked(new: Resource, known: Resource | None) -> list[str]:
    """What was linked by linkedObjectIds stays so for ever (G16)."""
    gone = set((known or {}).get("linkedObjectIds", ())) - set(new.get("linkedObjectIds", ()))
    return [f"G16: {one} cannot be unlinked" for one in sorted(gone)]


def merge(target: Any, patch: Any) -> Any:
    """PATCH: objects by key, arrays whole, null clears (G6; RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key), value)
    return merged


def _needed(new: Resource, *names: str) -> Iterator[str]:
    yield from (f"G2: {name} is required" for name in names if not new.get(name))
    yield from (f"G2: {name} is no issuerId.suffix" for name in ("id", "classId") if name in new and not _ID.fullmatch(str(new[name])))


def _review(new: Resource, known: Resource | None) -> Iterator[str]:
    status = new.get("reviewStatus")
    if status not in ("DRAFT", "UNDER_REVIEW"):
        yield "G3: reviewStatus must be DRAFT or UNDER_REVIEW"
    if status == "DRAFT" and known is not None and known.get("reviewStatus") != "DRAFT":
        yield "G3: reviewStatus cannot go back to DRAFT"


def _balances(new: Resource) -> Iterator[str]:
    for name in ("loyaltyPoints", "secondaryLoyaltyPoints"):
        if name in new:
            balance = new[name].get("balance", {})
            if len(balance) != 1:
                yield f"G5: {name}.balance must have exactly one of int, string, double, money"
            if balance.get("string") == "":
                yield f"G5: {name}.balance.string is empty"
            if "money" in balance and not {"micros", "currencyCode"} <= set(balance["money"]):
                yield f"G5: {name}.balance.money needs micros and currencyCode"


def _rotating(new: Resource) -> Iterator[str]:
    barcode = new.get("rotatingBarcode")
    if barcode is None:
        return
    details = barcode.get("totpDetails", {})
    if "{totp_value_" not in str(barcode.get("valuePattern", "")):
        yield "G14: valuePattern shows no {totp_value_n}"
    if details.get("algorithm") != "TOTP_SHA1" or int(details.get("periodMillis", "0")) <= 0:
        yield "G14: TOTP_SHA1 with a periodMillis above 0"
    parameters: list[Resource] = details.get("parameters") or [{}]
    for one in parameters:
        if not _BASE16.fullmatch(str(one.get("key", ""))) or not 1 <= int(one.get("valueLength", 0)) <= 8:
            yield "G14: each parameter has a base16 key and a valueLength up to 8"


def _interval(new: Resource) -> Iterator[str]:
    for end in ("start", "end"):
        date = new.get("validTimeInterval", {}).get(end, {}).get("date")
        if date is not None and not _DATE.fullmatch(str(date)):
            yield f"G13: validTimeInterval.{end}.date is no ISO 8601 date"


def _smart_tap(new: Resource) -> Iterator[str]:
    if new.get("enableSmartTap") and not new.get("redemptionIssuers"):
        yield "G15: enableSmartTap needs redemptionIssuers"


def _common(new: Resource) -> Iterator[str]:
    if len(new.get("merchantLocations", ())) > 10:
        yield "G16: more than 10 merchantLocations"
    yield from _walk(new)


def _walk(node: Any, path: str = "") -> Iterator[str]:
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _walk(item, f"{path}[{index}]")
    elif isinstance(node, dict):
        if "defaultValue" in node or "translatedValues" in node:
            yield from _localized(node, path)
        uri = node.get("uri") if "sourceUri" in path else None
        if isinstance(uri, str) and not uri.startswith("https://") and not _LOCAL.match(uri):
            yield f"G20: {path}: images must be https"
        for key, value in node.items():
            yield from _walk(value, f"{path}.{key}" if path else key)


def _localized(node: Mapping[str, Any], path: str) -> Iterator[str]:
    default = node.get("defaultValue")
    if not isinstance(default, dict) or not default.get("language") or not default.get("value"):
        yield f"G17: {path}: defaultValue needs language and value"
        return
    languages = [default["language"], *(text.get("language", "") for text in node.get("translatedValues", ()))]
    if len(set(languages)) != len(languages):
        yield f"G17: {path}: a language is given twice"
    yield from (f"G17: {path}: {language!r} is no BCP 47 language" for language in languages if not _LANGUAGE.fullmatch(language))
