"""The rules of wallet.md that Wallet enforces in silence, each broken one named before a pass is signed; pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from honeyguide.wallet.apple.broken import Broken, PassInvalid
from honeyguide.wallet.apple.field_rules import fields, layout, semantics, truncations
from honeyguide.wallet.apple.json_rules import STYLES, broken_values, is_date_time, misshapen
from honeyguide.wallet.apple.reading_rules import barcodes, nfc
from honeyguide.wallet.apple.relevance_rules import relevance

__all__ = ["Broken", "PassInvalid", "broken_rules", "truncations"]

_COLOUR: Final = re.compile(r"rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)")
_LOOPBACK: Final = {"localhost", "127.0.0.1", "::1"}


def broken_rules(body: Mapping[str, Any], *, loopback_allowed: bool = False, with_nfc: bool = True) -> tuple[Broken, ...]:
    """Every rule that the content of a pass.json breaks, none when Wallet will take it."""
    found = [*broken_values(body)]
    if wrong := misshapen(body):
        return (*found, *wrong)
    for check in _CHECKS:
        found += check(body)
    if "nfc" in body and not with_nfc:
        found.append(Broken("A21", "nfc", 'the signing certificate is no "Pass Type ID with NFC"'))
    return (*found, *_web_service(body, loopback_allowed))


def _required(body: Mapping[str, Any]) -> Iterator[Broken]:
    if body.get("formatVersion") != 1 or body["formatVersion"] is True:
        yield Broken("A10", "formatVersion", "must be the number 1")
    for key in _REQUIRED:
        if not isinstance(body.get(key), str):
            yield Broken("A10", key, "required text is missing")
    styles = [style for style in STYLES if style in body]
    if len(styles) != 1 and set(styles) != {"posterGeneric", "generic"}:
        yield Broken("A10", ", ".join(styles) or "style", "exactly one style, or posterGeneric with generic")


def _appearance(body: Mapping[str, Any]) -> Iterator[Broken]:
    for key in ("backgroundColor", "foregroundColor", "labelColor", "stripColor", "footerBackgroundColor"):
        if key in body:
            match = _COLOUR.fullmatch(str(body[key]))
            if match is None or any(int(part) > 255 for part in match.groups()):
                yield Broken("A16", key, "not written as rgb(0-255, 0-255, 0-255)")
    if "expirationDate" in body and not is_date_time(body["expirationDate"]):
        yield Broken("A17", "expirationDate", "a complete date and time with its zone")
    if "voided" in body and not isinstance(body["voided"], bool):
        yield Broken("A17", "voided", "true or false")


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
    if len(actions) > 2 or not all(isinstance(action.get(key), str) for action in actions for key in ("identifier", "type", "url")):
        yield Broken("A22", "featuredActions", "at most 2, each with identifier, type and url as text")


def _web_service(body: Mapping[str, Any], loopback_allowed: bool) -> Iterator[Broken]:
    url, token = body.get("webServiceURL"), body.get("authenticationToken")
    if url is None:
        return
    try:
        parts = urlsplit(str(url))
    except ValueError:
        yield Broken("A25", "webServiceURL", "no address")
        return
    if parts.scheme != "https" and not (loopback_allowed and parts.scheme == "http" and parts.hostname in _LOOPBACK):
        yield Broken("A25", "webServiceURL", "https, or http on this machine in development")
    if parts.path.rstrip("/").endswith("/v1"):
        yield Broken("A25", "webServiceURL", "without /v1, which devices append")
    if not isinstance(token, str) or len(token) < 16:
        yield Broken("A25", "authenticationToken", "at least 16 characters")


_REQUIRED: Final = ("passTypeIdentifier", "serialNumber", "teamIdentifier", "organizationName", "description")
_CHECKS: Final[tuple[Callable[[Mapping[str, Any]], Iterator[Broken]], ...]] = (
    _required,
    layout,
    fields,
    barcodes,
    _appearance,
    relevance,
    _links,
    semantics,
    nfc,
)
