"""Every style in every language, whole: GOLDEN=write writes the files anew, and each is what a phone would show."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from builders.styles import CARDS, LANGUAGES
from honeyguide.programs.passes import PassStyle
from honeyguide.testing.pass_json_check import check_pass_json
from honeyguide.testing.pkpass_check import read_json
from honeyguide.wallet.apple.field_rules import truncations
from honeyguide.wallet.apple.pass_json import pass_json
from honeyguide.wallet.faces.card import CardMessage, CardStatus
from honeyguide.wallet.faces.card_program import rgb, styled
from honeyguide.wallet.faces.face import face
from honeyguide.wallet.faces.template import load_templates
from honeyguide.wallet.google.loyalty import class_body, object_body

GOLDEN = Path(__file__).parent / "golden" / "styles"


@pytest.fixture(scope="module")
def templates(passes_dir):
    return load_templates(passes_dir)


@pytest.mark.parametrize("style", CARDS)
def test_each_style_looks_as_recorded_in_every_language(style, templates, identity):
    """A12-A16, A20, A23."""
    different = []
    for language in LANGUAGES:
        written = pass_json(replace(CARDS[style], locale=language), templates[style], identity)
        content = json.loads(written)
        shown, path = json.dumps(content, indent=2, ensure_ascii=False) + "\n", GOLDEN / f"{style}.{language}.json"
        if os.environ.get("GOLDEN") == "write":
            path.write_text(shown, "utf-8")
        check_pass_json(read_json("pass.json", written), loopback=True)
        if not path.exists() or shown != path.read_text("utf-8"):
            different.append(path.name)

    assert different == []


@pytest.mark.parametrize("style", CARDS)
def test_nothing_on_the_front_is_cut_off_in_any_language(style, templates, identity):
    """A12."""
    cut = {
        (language, str(one))
        for language in LANGUAGES
        for one in truncations(json.loads(pass_json(replace(CARDS[style], locale=language), templates[style], identity)))
    }

    assert cut == set()


@pytest.mark.parametrize("style", ["cashback", "gift-card"])
def test_money_is_a_balance_of_the_wallet(style, templates, identity):
    """A20: exact, with its currency, as text in the semantics and as a number on the card."""
    content = pass_json(CARDS[style], templates[style], identity)

    (primary,) = json.loads(content)["storeCard"]["primaryFields"]
    assert primary["semantics"] == {"balance": {"amount": str(primary["value"]).ljust(5, "0"), "currencyCode": "EUR"}}
    assert primary["currencyCode"] == "EUR"


def test_google_shows_cashback_and_a_paid_membership(templates):
    """G2, G5."""
    for style in ("cashback", "paid-membership"):
        card = CARDS[style]
        of_class = class_body(templates[style], card.program, class_id="1.x", logo_url="https://example.test/logo.png")
        of_object = object_body(templates[style], face(card, "de"), object_id="1.y", class_id="1.x")

        assert of_class["programName"]
        assert of_object["loyaltyPoints"]["balance"] in ({"money": {"micros": "12300000", "currencyCode": "EUR"}}, {"string": "Goldbiene"})
        assert of_object["linksModuleData"]["uris"][0]["uri"] == "mailto:help@example.test"


def test_a_tier_has_its_own_colours_and_strip(templates):
    """A16: another tier, another background, and another picture in the package, of which there is only one."""
    style = PassStyle.model_validate(
        {"title": {"en": "Card"}, "balances": ["points"], "tiers": {"gold": {"background": "#463a08", "strip": "amber"}}}
    )
    template = templates["membership"]

    plain, gold = styled(template, style, "silver"), styled(template, style, "gold")

    assert (plain.apple["backgroundColor"], gold.apple["backgroundColor"]) == (rgb("#1f3d2b"), rgb("#463a08"))
    assert gold.files["strip@2x.png"] == template.sources["strip-amber@2x.png"] != plain.files["strip@2x.png"]
    assert plain.files.keys() == gold.files.keys()
    assert plain.digest != gold.digest


def test_a_message_rings_once_and_leaves_without_a_sound(templates, identity):
    """A14: the field is always there, so that it can change; only news have a changeMessage."""

    def field(**changes):
        content = json.loads(pass_json(replace(CARDS["membership"], **changes), templates["membership"], identity))
        (found,) = [one for one in content["storeCard"]["backFields"] if one["key"] == "message"]
        return found.get("value"), found.get("changeMessage")

    hello = CardMessage({"en": "Hello"}, {"en": "100 %@ more"}, notify=True)

    assert field() == ("-", None)
    assert field(message=hello) == ("Hello\n100 \uff05@ more", "%@")
    assert field(message=replace(hello, notify=False)) == ("Hello\n100 \uff05@ more", None)
    assert field(message=hello, status=CardStatus.CLOSED) == ("-", None)


def test_what_is_offered_in_no_language_of_the_program_is_not_mixed_with_it(templates, identity):
    """A23: the template speaks Polish, this program does not."""
    card = CARDS["membership"]
    program = replace(card.program, languages=("en", "de"))

    content = json.loads(pass_json(replace(card, locale="pl", program=program), templates["membership"], identity))

    assert [one["value"] for one in content["storeCard"]["backFields"] if one["key"] == "terms"] == ["Be nice."]
    assert "of" in next(one["value"] for one in content["storeCard"]["secondaryFields"] if one["key"] == "progress")
