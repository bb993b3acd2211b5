"""The card as a web page draws it: what pass.json says, in the visitor's language, ready for HTML; pure."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import segno
from babel import Locale
from babel.numbers import format_currency, format_decimal
from markupsafe import Markup

from honeyguide.wallet.template import Template

_STYLES = ("storeCard", "generic", "coupon", "eventTicket")
_SYMBOLOGIES = {"PKBarcodeFormatQR": "qr"}


@dataclass(frozen=True, slots=True)
class PictureField:
    label: str
    value: str


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
        return tuple(_field(field, template, language) for field in style.get(section, ()))

    primary = fields("primaryFields")
    barcode = next((one for one in body.get("barcodes", ()) if one["format"] in _SYMBOLOGIES), None)
    return CardPicture(
        background=body.get("backgroundColor", "rgb(34, 49, 63)"),
        foreground=body.get("foregroundColor", "rgb(255, 255, 255)"),
        label=body.get("labelColor", "rgb(255, 255, 255)"),
        logo=_image(template, "logo"),
        strip=_image(template, "strip"),
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


def _field(field: Mapping[str, Any], template: Template, language: str) -> PictureField:
    return PictureField(template.text(str(field.get("label", "")), language), _value(field, template, language))


def _value(field: Mapping[str, Any], template: Template, language: str) -> str:
    value, locale = field["value"], Locale.parse(language, sep="-")
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        if "currencyCode" in field:
            return str(format_currency(value, field["currencyCode"], locale=locale))
        return str(format_decimal(value, locale=locale))
    return template.text(str(value), language)


def _image(template: Template, name: str) -> str | None:
    for file in (f"{name}@3x.png", f"{name}@2x.png", f"{name}.png"):
        if content := template.files.get(file):
            return f"data:image/png;base64,{base64.b64encode(content).decode()}"
    return None
