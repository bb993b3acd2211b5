"""What a card says, for each language and each lack."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honeyguide.wallet.faces.card import Card, CardBalance, CardProgress, CardStatus, card_language
from honeyguide.wallet.faces.face import clean, face


def test_points_are_numbers_and_money_is_exact_decimal_text(make_card: Callable[..., Card]) -> None:
    shown = face(make_card(), "en")

    assert shown["balance.points"] == 1170
    assert shown["balance.cashback"] == "12.30"
    assert shown["balance.cashback.currency"] == "EUR"
    assert shown["balance.cashback.micros"] == "12300000"


def test_a_german_card_speaks_german(make_card: Callable[..., Card]) -> None:
    shown = face(make_card(locale="de-DE"), "de")

    assert shown["balance.points.text"] == "1.170 Punkte"
    assert shown["balance.cashback.text"] == "12,30\xa0€"
    assert shown["tier.name"] == "Silber"
    assert shown["expiring.points.text"] == "31.12.2026: 150 Punkte\n31.01.2027: 1 Punkt"


def test_a_swiss_member_reads_numbers_as_in_switzerland(make_card: Callable[..., Card]) -> None:
    shown = face(make_card(locale="de-CH"), "de")

    assert shown["balance.points.number"] == "1’170"


def test_the_way_to_a_tier_is_short_in_money(make_card: Callable[..., Card]) -> None:
    """A12: what is reached without its cents, rounded down."""
    ways = [CardProgress("gold", "cashback", current, 200_000, 1, None) for current in (45_099, -50)]

    shown = [face(make_card(progress=way, locale=locale), locale[:2]) for way in ways for locale in ("en", "de-DE")]

    numbers = [(one["progress.current.number"], one["progress.needed.number"]) for one in shown]
    assert numbers == [("450", "€2,000"), ("450", "2.000\xa0€"), ("-1", "€2,000"), ("-1", "2.000\xa0€")]


def test_the_name_of_a_unit_is_a_label_and_what_is_counted_has_a_plural(make_card: Callable[..., Card]) -> None:
    shown = face(make_card(balances=(CardBalance("points", 1), CardBalance("cashback", 5))), "en")

    assert [shown[f"balance.1.{what}"] for what in ("name", "count", "unit")] == ["Points", 1, "point"]
    assert (shown["balance.2.name"], shown["balance.2.currency"], "balance.2.count" in shown) == ("Cashback", "EUR", False)


def test_one_point_is_singular(make_card: Callable[..., Card]) -> None:
    shown = face(make_card(balances=(CardBalance("points", 1),)), "en")

    assert shown["balance.points.text"] == "1 point"


def test_what_a_member_does_not_have_has_no_placeholder(make_card: Callable[..., Card]) -> None:
    shown = face(make_card(member_name=None, tier=None, progress=None, balances=(CardBalance("points", 0),)), "en")

    assert not {"member.name", "tier.name", "progress.next_tier", "pending.points", "expiring.points.text", "card.closed"} & shown.keys()
    assert shown["balance.points"] == 0


def test_a_closed_membership_is_marked(make_card: Callable[..., Card]) -> None:
    shown = face(make_card(status=CardStatus.CLOSED), "en")

    assert shown["card.closed"] is True


def test_a_language_that_the_program_lacks_falls_back_to_its_first(make_card: Callable[..., Card]) -> None:
    shown = face(make_card(), "fr")

    assert shown["program.name"] == "Honeyguide"


@pytest.mark.parametrize(
    ("locale", "language"), [("de", "de"), ("de-AT", "de"), ("de_AT", "de"), ("fr", "en"), ("", "en"), ("EN-gb", "en")]
)
def test_the_language_follows_the_member_as_far_as_offered(locale: str, language: str) -> None:
    assert card_language(locale, ("en", "de")) == language


def test_the_face_does_not_depend_on_anything_but_the_card(make_card: Callable[..., Card]) -> None:
    assert face(make_card(), "en") == face(make_card(), "en")
    assert face(make_card(), "en") != face(make_card(balances=(CardBalance("points", 1, expiring=((date(2027, 1, 1), 1),)),)), "en")


@given(st.text() | st.text("%@\ufeff\0 ", max_size=6))
def test_text_from_outside_keeps_no_control_bidi_or_format_sign(text: str) -> None:
    cleaned = clean(text)

    assert "%@" not in cleaned
    assert not any(char < " " or "\x7f" <= char <= "\x9f" or char in "\u202e\u2066\u200f\u2028\ufeff" for char in cleaned)
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize("kept", ["Zoë Ångström", "王小明", 'O\'Neil "Bo"', "👩‍👩‍👧", "50% off", "ندى"])
def test_names_of_the_world_stay_as_they_are(kept: str) -> None:
    assert clean(kept) == kept
