"""What the books did by no rule, in words."""

from typing import Any

import pytest

from builders.programs import UNITS, a_program, source
from honeyguide.programs import event_phrases
from honeyguide.programs.program import Program, load
from honeyguide.programs.texts import reason_text


def in_two_languages() -> Program:
    text = source(
        units=UNITS.replace("{en: {one: point, other: points}}", "{en: {one: point, other: points}, de: {one: Punkt, other: Punkte}}")
    )
    program = load(text.replace("locales: [en]", "locales: [en, de]"))
    assert isinstance(program, Program)
    return program


def told(kind: str, quantity: int = 70, language: str = "en", unit: str = "points", **inputs: Any) -> str:
    recorded = {"rule": "", "quantity": quantity, "unit": unit, "inputs": {"kind": kind, **inputs}}
    return reason_text(in_two_languages(), recorded, language).replace("\xa0", " ")


@pytest.mark.parametrize(
    ("text", "kind", "quantity", "inputs"),
    [
        ("150 of 200 points stay: $5.00 came back, $15.00 remains", "reversal", -50, {"earned": 200, "kept": 150, "refunded": 500, "remaining": 1500}),
        ("70 points taken back: 50 from this purchase, 20 owed", "clawback", -70,
         {"from_pending": 0, "from_lot": 50, "from_other_lots": 0, "debt": 20, "written_off": 0}),
        ("1,200 points taken back: 1,000 not yet available, 150 from others, 50 written off", "clawback", -1200,
         {"from_pending": 1000, "from_lot": 0, "from_other_lots": 150, "debt": 0, "written_off": 50}),
        ("30 points taken back for a return without a recorded purchase: $40.00 came back", "unmatched_return", -30, {"refunded": 4000}),
        ("1 point given back with the dates they had", "restore", 1, {"returned": 1, "lots": 1}),
        ("70 points given back after their date: they now last until Dec 22, 2026", "restore_expired", 70,
         {"expires_at": "2026-12-22T23:59:59.999999+00:00"}),
        ("70 points repaid what was owed", "repaid", 70, {}),
        ("70 points redeemed: those first that last until Jan 15, 2027, accruals used: 2", "redemption", -70, {"lots": 2, "expires_at": "2027-01-15"}),
        ("70 points redeemed: accruals used: 2", "redemption", -70, {"lots": 2, "expires_at": None}),
        ("70 points reserved", "hold", -70, {}),
        ("70 points no longer reserved", "release", 70, {}),
        ("The reservation of 70 points has run out", "lapse", 70, {}),
        ("70 points expired: earned on Nov 22, 2024", "expiry", -70, {"earned_at": "2024-11-22T12:00:00+00:00"}),
        ("70 points can be redeemed from now on", "activation", 70, {}),
        ("70 points that had expired are back", "reinstatement", 70, {}),
        ("Corrected by hand: goodwill {sorry}", "adjustment", 70, {"reason": "goodwill {sorry}"}),
        ("70 points received", "transfer_in", 70, {}),
        ("70 points handed on", "transfer_out", -70, {}),
        ("70 points from the membership that was merged into this one", "merge", 70, {}),
        ("70 points at the end of the membership: $0.70 paid out", "closure", -70, {"paid_out": 70}),
        ("Silver after the review: before it Gold, until Dec 31, 2027", "tier_review", 0, {"tier": "silver", "tier_before": "gold", "until": "2027-12-31"}),
        ("Gold assigned by hand: until Dec 31, 2027, opened the new store", "tier_assignment", 0,
         {"tier": "gold", "until": "2027-12-31", "reason": "opened the new store"}),
        ("Gold ends on Dec 31, 2027: then Silver", "tier_warning", 0, {"tier": "gold", "ends_at": "2027-12-31", "drops_to": "silver"}),
        ("$20.00 was paid in points and earns nothing", "points_paid", 0, {"paid": 2000}),
    ],
)  # fmt: skip
def test_what_the_books_did_is_told_in_a_sentence(text: str, kind: str, quantity: int, inputs: dict[str, Any]) -> None:
    assert told(kind, quantity, **inputs) == text


def test_a_quantity_of_money_says_its_currency() -> None:
    assert told("clawback", -250, unit="cash", from_lot=200, debt=50) == "$2.50 taken back: $2.00 from this purchase, $0.50 owed"


def test_the_same_in_german_by_its_own_numbers_and_dates() -> None:
    assert told("clawback", -1070, "de", from_lot=1050, debt=20) == "1.070 Punkte zurückgenommen: 1.050 aus diesem Einkauf, 20 offen"
    assert told("expiry", -1, "de", earned_at="2024-11-22") == "1 Punkt verfallen: gesammelt am 22.11.2024"


def test_an_event_of_a_rule_carries_its_title_and_a_third_language_reads_english() -> None:
    program = a_program(earning="base: {kind: spend, unit: points, title: Base, earn: 1}")

    assert reason_text(program, {"rule": "base", "quantity": 5, "unit": "points", "inputs": {"kind": "repaid"}}, "fr") == (
        "Base: 5 points repaid what was owed"
    )
    assert reason_text(program, {"rule": "", "quantity": 5, "unit": "points", "inputs": {"kind": "unheard-of"}}, "en") == ""


@pytest.mark.parametrize("kind", event_phrases._ENGLISH)
def test_every_event_is_told_in_english_and_german_with_the_same_inputs(kind: str) -> None:
    english, german = event_phrases._ENGLISH[kind], event_phrases._GERMAN[kind]
    inputs = {name: "2027-12-31" if name in event_phrases.DAYS else 7 for name in english if name}

    assert list(english) == list(german)
    assert all("{" not in told(kind, language=language, **inputs) for language in ("en", "de"))


def test_every_sentence_can_be_told_with_nothing_recorded() -> None:
    assert all(told(kind) for kind in event_phrases._ENGLISH)
