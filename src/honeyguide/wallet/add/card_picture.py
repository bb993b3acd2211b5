"""The card as a web page draws it: what pass.json says, in the visitor's language, ready for HTML; pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import segno
from babel import Locale
from babel.numbers import format_currency, format_decimal
from markupsafe import Markup

from honeyguide.programs.contrast import contrast
from honeyguide.wallet.apple.field_rules import LONGEST, width
from honeyguide.wallet.faces.face import Face
from honeyguide.wallet.faces.template import Template

_STYLES = ("storeCard", "generic", "coupon", "eventTicket")
_SYMBOLOGIES = {"PKBarcodeFormatQR": "qr"}
# What fits on Google's card (G5: label and balance), and what a line holds there.
_HEX = re.compile("#[0-9a-fA-F]{6}")
_GOOGLE_LABEL, _GOOGLE_BALANCE, _GOOGLE_NAME = 9, 7, 30


@dataclass(frozen=True, slots=True)
class PictureField:
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class GooglePicture:
    """The front of the card at Google; labels and balances are cut as Google cuts them (G5)."""

    background: str
    foreground: str
    issuer: str
    title: str
    rows: tuple[PictureField, ...]


@dataclass(frozen=True, slots=True)
class CardPicture:
    """Colours are `rgb(...)` as A16 has them, images data addresses, the barcode an SVG of our own making."""

    background: str
    foreground: str
    label: str
    logo: str | None
    strip: str | None
    logo_text: str
    header: tuple[PictureField, ...]
    primary: PictureField | None
    rows: tuple[PictureField, ...]
    barcode: Markup | None
    barcode_text: str


def card_picture(body: Mapping[str, Any], template: Template, language: str) -> CardPicture:
    """Draw a pass.json that was parsed with its numbers as Decimal."""
    style: Mapping[str, Any] = next((body[name] for name in _STYLES if name in body), {})

    def fields(section: str) -> tuple[PictureField, ...]:
        return tuple(_field(field, template, language, LONGEST[section]) for field in style.get(section, ()))

    primary = fields("primaryFields")
    barcode = next((one for one in body.get("barcodes", ()) if one["format"] in _SYMBOLOGIES), None)
    return CardPicture(
        background=body.get("backgroundColor", "rgb(34, 49, 63)"),
        foreground=body.get("foregroundColor", "rgb(255, 255, 255)"),
        label=body.get("labelColor", "rgb(255, 255, 255)"),
        logo=_image(template, "logo", language),
        strip=_image(template, "strip", language),
        logo_text=template.text(str(body.get("logoText", "")), language),
        header=fields("headerFields"),
        primary=primary[0] if primary else None,
        rows=(*fields("secondaryFields"), *fields("auxiliaryFields")),
        barcode=qr_code(barcode["message"]) if barcode else None,
        barcode_text=str(barcode.get("altText", "")) if barcode else "",
    )


def qr_code(message: str) -> Markup:
    """An SVG that scales with its box; its only content is a path of numbers."""
    svg = segno.make(message, error="m", micro=False).svg_inline(border=0, omitsize=True, dark="#000", svgclass="qr", lineclass=None)
    return Markup(svg)  # noqa: S704  segno wrote it from modules that are black or white


def google_picture(template: Template, shown: Face, language: str, program: str) -> GooglePicture | None:
    """Draw the class and object of a published face; None for a style that has none. The class has the program's name in each language."""
    if not template.google:
        return None
    names: Face = {**shown, **dict.fromkeys(("google.object_id", "google.class_id", "google.logo_url", "google.state"), "")}
    of_class = template.google_section("class", {**names, "program.name": program}, language)
    of_object = template.google_section("object", names, language)
    written = str(of_class.get("hexBackgroundColor", ""))
    background = written if _HEX.fullmatch(written) else "#22313f"  # it stands in a style sheet, where nothing is escaped
    rows = [_google_field(of_object[name], language) for name in ("loyaltyPoints", "secondaryLoyaltyPoints") if name in of_object]
    return GooglePicture(
        background=background,
        foreground="#ffffff" if contrast("#ffffff", background) >= contrast("#1f1f1f", background) else "#1f1f1f",
        issuer=cut(str(of_class.get("issuerName", "")), _GOOGLE_NAME),
        title=cut(str(of_class.get("programName", "")), _GOOGLE_NAME),
        rows=tuple(rows),
    )


def cut(text: str, most: int) -> str:
    """As a wallet does where there is no room."""
    if width(text) <= most:
        return text
    kept = text[:most]
    while width(kept) >= most:
        kept = kept[:-1]
    return kept.rstrip() + "\u2026"


def _google_field(points: Mapping[str, Any], language: str) -> PictureField:
    """Numbers as the visitor's phone writes them; what is text was written in the card's language."""
    locale, balance = Locale.parse(language, sep="-"), points.get("balance", {})
    if "money" in balance:
        value = str(format_currency(Decimal(str(balance["money"]["micros"])) / 1_000_000, balance["money"]["currencyCode"], locale=locale))
    elif "int" in balance:
        value = str(format_decimal(balance["int"], locale=locale))
    else:
        value = str(balance.get("string", ""))
    return PictureField(cut(str(points.get("label", "")), _GOOGLE_LABEL), cut(value, _GOOGLE_BALANCE))


def _field(field: Mapping[str, Any], template: Template, language: str, most: int) -> PictureField:
    return PictureField(template.text(str(field.get("label", "")), language), cut(_value(field, template, language), most))


def _value(field: Mapping[str, Any], template: Template, language: str) -> str:
    value, locale = field["value"], Locale.parse(language, sep="-")
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        if "currencyCode" in field:
            return str(format_currency(value, field["currencyCode"], locale=locale))
        return str(format_decimal(value, locale=locale))
    return template.text(str(value), language)


def _image(template: Template, name: str, language: str) -> str | None:
    """As a phone of that language chooses it."""
    for file in (f"{folder}{name}{scale}.png" for folder in (f"{language}.lproj/", "") for scale in ("@3x", "@2x", "")):
        if content := template.files.get(file):
            return f"data:image/png;base64,{base64.b64encode(content).decode()}"
    return None
