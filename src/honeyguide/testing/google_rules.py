"""What Google demands of classes and objects beyond its schema: the G rules of wallet.md, each finding named by its rule."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

Resource = Mapping[str, Any]

_ID = re.compile(r"[0-9]+\.[A-Za-z0-9._-]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LOCAL = re.compile(r"http://(127\.0\.0\.1|localhost)(:\d+)?/")


def class_findings(new: Resource, known: Resource | None) -> list[str]:
    return [*_needed(new, "id", "issuerName", "programName", "programLogo", "reviewStatus"), *_review(new, known), *_common(new)]


def object_findings(new: Resource) -> list[str]:
    return [*_needed(new, "id", "classId", "state"), *_balances(new), *_common(new)]


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
