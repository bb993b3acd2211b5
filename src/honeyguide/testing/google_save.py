"""The page behind a save link: checks the link as Google does and draws the card's fields."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from html import escape
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

LONGEST_LINK = 1800
ACCOUNT = "x-google-account"  # which Google account the phone belongs to


class LinkRefused(ValueError):
    """The message says what is wrong with a save link, beginning with the rule."""


def check_length(link: str) -> None:
    """Raises LinkRefused (G11)."""
    if len(link) > LONGEST_LINK:
        raise LinkRefused(f"G11: the link has {len(link)} characters")


def check_claims(token: str, email: str, key: RSAPublicKey) -> dict[str, Any]:
    """The payload of a JWT of this service account; raises LinkRefused (G11)."""
    try:
        claims = jwt.decode(token, key, ["RS256"], audience="google", issuer=email, options={"require": ["iat", "iss", "aud"]})
    except jwt.InvalidTokenError as error:
        raise LinkRefused(f"G11: {type(error).__name__}") from None
    if claims.get("typ") != "savetowallet":
        raise LinkRefused("G11: typ is not savetowallet")
    if not isinstance(claims.get("origins"), list):
        raise LinkRefused("G11: origins are missing")
    payload = claims.get("payload")
    if not isinstance(payload, dict) or not all(isinstance(one, dict) for name in payload for one in payload[name]):
        raise LinkRefused("G11: the payload has no resources")
    return payload


def one_object(payload: Mapping[str, Any]) -> tuple[str, str]:
    """The ids of the object and its class in a save link: of ours, which carry nothing else (G12); raises LinkRefused."""
    objects = payload.get("loyaltyObjects")
    if not isinstance(objects, list) or len(objects) != 1 or not {"id", "classId"} <= set(objects[0]):
        raise LinkRefused("G11: the payload is not one loyalty object")
    if len(objects[0]) > 2 and {"accountName", "accountId"} & set(objects[0]):
        raise LinkRefused("G12: personal data in a link")
    return str(objects[0]["id"]), str(objects[0]["classId"])


def check_holder(program: Mapping[str, Any], card: Mapping[str, Any], holders: set[str], holder: str) -> None:
    """Whether this Google account may save the card, and note it; raises LinkRefused (G12)."""
    wanted = card.get("saveRestrictions", {}).get("restrictToEmailSha256")
    if wanted is not None and wanted != hashlib.sha256(holder.lower().encode()).hexdigest():
        raise LinkRefused("G12: the card is for another account")
    one_user = str(program.get("multipleDevicesAndHoldersAllowedStatus", "")).startswith("ONE_USER")
    if one_user and holders - {holder}:
        raise LinkRefused("G12: the card is saved by somebody else")
    holders.add(holder)


def shown(program: Mapping[str, Any], card: Mapping[str, Any], language: str = "en") -> dict[str, str]:
    """The fields that a phone in this language shows, top to bottom: label -> text."""
    fields = {"Program": _text(program, "programName", "localizedProgramName", language)}
    if card.get("state") != "ACTIVE":
        fields["State"] = str(card.get("state"))
    for name in ("loyaltyPoints", "secondaryLoyaltyPoints"):
        if points := card.get(name):
            fields[_text(points, "label", "localizedLabel", language) or name] = _balance(points.get("balance", {}))
    for name, label in (("accountName", "Member"), ("accountId", "Member number")):
        if name in card:
            fields[label] = card[name]
    for module in card.get("textModulesData", ()):
        fields[_text(module, "header", "localizedHeader", language)] = _text(module, "body", "localizedBody", language)
    if "barcode" in card:
        fields["Barcode"] = f"{card['barcode'].get('type')} {card['barcode'].get('value')}"
    return fields


def page(title: str, fields: Mapping[str, str], colour: str = "#22313f") -> str:
    """The card as HTML, everything escaped."""
    rows = "".join(f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>" for label, text in fields.items())
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(title)}</title>"
        f"<style>body{{font:16px system-ui;margin:2rem}}main{{background:{escape(colour)};color:#fff;border-radius:1rem;"
        "max-width:22rem;padding:1.5rem}dt{opacity:.7;font-size:.8rem}dd{margin:0 0 .8rem;white-space:pre-line}</style>"
        f"<main><h1>{escape(title)}</h1><dl>{rows}</dl></main></html>"
    )


def _text(node: Mapping[str, Any], plain: str, localized: str, language: str) -> str:
    strings = node.get(localized, {})
    texts = [strings.get("defaultValue", {}), *strings.get("translatedValues", ())]
    return next((str(text["value"]) for text in texts if text.get("language") == language), str(node.get(plain, "")))


def _balance(balance: Mapping[str, Any]) -> str:
    if "money" in balance:
        return f"{int(balance['money']['micros']) / 1_000_000:.2f} {balance['money']['currencyCode']}"
    return str(next(iter(balance.values()), ""))
