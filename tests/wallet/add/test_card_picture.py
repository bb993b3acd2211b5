"""The picture of a card: as the visitor's phone would write, choose and cut it."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest

from honeyguide.wallet.add.card_picture import card_picture, cut, google_picture
from honeyguide.wallet.apple.field_rules import width
from honeyguide.wallet.faces.template import Template

FACE: dict[str, Any] = {
    "language": "en",
    "program.name": "Honeyguide",
    "member.number": "1",
    "barcode": "1",
    "tier.name": "Gold",
    "balance.1.name": "Points",
    "balance.1.count": 12_480,
}


def test_google_writes_numbers_and_the_programs_name_in_the_visitors_language(template: Template) -> None:
    """G5, G17: the class has the name in each language, numbers are numbers; the rest is the card's."""
    drawn = google_picture(template, FACE, "de", "Honiganzeiger")

    assert drawn is not None
    assert (drawn.title, drawn.rows[0].label, drawn.rows[0].value) == ("Honiganzeiger", "Points", "12.480")


def test_the_image_is_that_of_the_visitors_language(template: Template) -> None:
    """A23: localised images."""
    localised = replace(template, files={**template.files, "ar.lproj/strip@2x.png": b"mirrored"})

    drawn = {language: card_picture({"storeCard": {}}, localised, language).strip for language in ("ar", "de")}

    assert drawn["ar"] == f"data:image/png;base64,{base64.b64encode(b'mirrored').decode()}"
    assert drawn["de"] == f"data:image/png;base64,{base64.b64encode(template.files['strip@3x.png']).decode()}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("12345678", "12345678"),
        ("123456789", "1234567…"),
        ("1234 6789", "1234 67…"),
        ("金级会员", "金级会员"),
        ("金级会员卡", "金级会…"),
        ("\u200f5.00\xa0€", "\u200f5.00\xa0€"),
    ],
)
def test_a_text_is_cut_by_its_width(text: str, shown: str) -> None:
    """A12: Chinese signs are twice as wide as letters, marks of direction have no width."""
    assert cut(text, 8) == shown
    assert width(cut(text, 8)) <= 8
