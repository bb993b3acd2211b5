"""Class and object bodies against Google's schema and rules G2-G5, G12, G13 and G17, without a network."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from honeyguide.testing.google_rules import class_findings, object_findings
from honeyguide.testing.google_schema import findings
from honeyguide.wallet.faces.card import CardProgram
from honeyguide.wallet.faces.template import Template
from honeyguide.wallet.google.loyalty import BodyIncomplete, balance, class_body, class_id_of, object_body

LOGO = "https://loyalty.example/logo.png"


def without_key(template: Template, section: str, key: str) -> Template:
    return replace(template, google={**template.google, section: {k: v for k, v in template.google[section].items() if k != key}})


def test_g2_the_class_of_the_membership_pass_is_one_that_google_takes(class_at_google: dict[str, Any]) -> None:
    assert findings("LoyaltyClass", class_at_google) == []
    assert class_findings(class_at_google, None) == []


def test_g2_the_object_of_the_membership_pass_is_one_that_google_takes(body_of: Any) -> None:
    body = body_of()

    assert findings("LoyaltyObject", body) == []
    assert object_findings(body) == []


@pytest.mark.parametrize("name", ["issuerName", "programName", "programLogo"])
def test_g2_a_template_without_a_required_class_field_is_named(template: Template, program: CardProgram, name: str) -> None:
    with pytest.raises(BodyIncomplete, match=f"G2.*{name}"):
        class_body(without_key(template, "class", name), program, class_id="1.demo", logo_url=LOGO)


@pytest.mark.parametrize("code", ["a b", "é", "a/b", ""])
def test_g2_ids_have_only_the_letters_that_google_allows(code: str) -> None:
    with pytest.raises(BodyIncomplete, match="G2"):
        class_id_of("abc" if not code else "1", code or "demo", "membership")


def test_g3_a_class_is_never_a_draft(class_at_google: dict[str, Any]) -> None:
    assert class_at_google["reviewStatus"] == "UNDER_REVIEW"


def test_g4_the_tier_is_the_secondary_balance_of_the_object(body_of: Any, class_at_google: dict[str, Any]) -> None:
    assert body_of(tier__name="Gold")["secondaryLoyaltyPoints"]["balance"] == {"string": "Gold"}
    assert "rewardsTier" not in class_at_google


def test_g4_a_tier_in_the_class_is_refused(template: Template, program: CardProgram) -> None:
    wrong = replace(template, google={**template.google, "class": {**template.google["class"], "rewardsTier": "Gold"}})

    with pytest.raises(BodyIncomplete, match="G4"):
        class_body(wrong, program, class_id="1.demo", logo_url=LOGO)


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ({"int": 120}, {"int": 120}),
        ({"int": -5}, {"int": -5}),
        ({"int": 2**31 - 1}, {"int": 2**31 - 1}),
        ({"int": 2**31}, {"string": "2147483648"}),
        ({"int": "12.5"}, {"string": "12.5"}),
        ({"string": "Gold"}, {"string": "Gold"}),
        ({"money": {"micros": "4200000", "currencyCode": "EUR"}}, {"money": {"micros": "4200000", "currencyCode": "EUR"}}),
    ],
)
def test_g5_a_balance_has_one_kind_and_fits_it(written: dict[str, Any], sent: dict[str, Any]) -> None:
    assert balance(written) == sent


def test_g5_the_first_balance_of_a_style_may_be_money(template: Template) -> None:
    face = {"language": "en", "member.number": "1", "barcode": "HG-1", "balance.1.name": "Credit", "balance.1.micros": "4200000"}

    body = object_body(template, {**face, "balance.1.currency": "EUR"}, object_id="1.a", class_id="1.demo")

    assert body["loyaltyPoints"] == {"label": "Credit", "balance": {"money": {"micros": "4200000", "currencyCode": "EUR"}}}
    assert findings("LoyaltyObject", body) == []


@pytest.mark.parametrize("written", [{}, 5, [], None, {"int": 1, "string": "1"}, {"double": 1.5}, {"points": 1}])
def test_g5_a_balance_of_no_or_two_kinds_is_refused(written: Any) -> None:
    with pytest.raises(BodyIncomplete, match="G5"):
        balance(written)


def test_a_member_without_name_or_tier_has_a_card_without_them(template: Template, body_of: Any) -> None:
    face = {"language": "de", "member.number": "1", "barcode": "HG-1", "balance.1.name": "Punkte", "balance.1.count": 0}

    body = object_body(template, face, object_id="1.a", class_id="1.demo")

    assert findings("LoyaltyObject", body) == []
    assert object_findings(body) == []
    assert not {"accountName", "secondaryLoyaltyPoints", "validTimeInterval"} & set(body)


def test_g13_a_closed_card_keeps_nothing_of_the_member(body_of: Any) -> None:
    body = body_of(card__closed=True)

    assert set(body) == {"id", "classId", "state"}
    assert body["state"] == "INACTIVE"


def test_g17_labels_speak_the_languages_of_the_template_each_once(body_of: Any, class_at_google: dict[str, Any]) -> None:
    english, german = body_of()["secondaryLoyaltyPoints"], body_of(language="de")["secondaryLoyaltyPoints"]

    assert english["localizedLabel"]["defaultValue"] == {"language": "en", "value": "Status"}
    assert [one["language"] for one in english["localizedLabel"]["translatedValues"]] == ["ar", "da", "de", "pl", "zh-Hans"]
    assert {"language": "zh-Hans", "value": "等级"} in english["localizedLabel"]["translatedValues"]
    assert german["localizedLabel"]["defaultValue"] == {"language": "de", "value": "Status"}
    # The name of a unit is the program's: in the card's language.
    assert (body_of()["loyaltyPoints"]["label"], "localizedLabel" in body_of()["loyaltyPoints"]) == ("Points", False)
    assert class_at_google["localizedProgramName"]["translatedValues"] == [{"language": "de", "value": "Eck-Club"}]


def test_g17_what_every_language_says_alike_is_not_repeated(class_at_google: dict[str, Any], template: Template) -> None:
    said_alike = replace(template, strings={language: {**texts, "Status": "Status"} for language, texts in template.strings.items()})

    body = object_body(
        said_alike, {"language": "en", "tier.name": "Silver", "member.number": "1", "barcode": "1"}, object_id="1.a", class_id="1.b"
    )

    assert "localizedLabel" not in body["secondaryLoyaltyPoints"]


def test_text_of_a_member_stays_text(body_of: Any) -> None:
    body = body_of(member__name='{"state": "{barcode}"}')

    assert body["accountName"] == '{"state": "{barcode}"}'
