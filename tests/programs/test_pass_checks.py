"""What a program file says of passes is checked when it is applied, with its place."""

from __future__ import annotations

import pytest

from builders.programs import complaints, source
from honeyguide.programs.contrast import contrast

PASSES = """
passes:
  membership:
    title: {en: Card, de: Karte}
    balances: [points]
    background: "#22313f"
    foreground: "#ffffff"
    label: "#f5be50"
    tiers:
      gold: {background: "#7a5a00", label: "#ffe08a"}
    texts:
      support: {en: Call us, de: Rufen Sie an}
    links:
      help: {title: {en: Help, de: Hilfe}, url: "mailto:help@example.test"}
consents:
  offers: {text: Offers}
pass_messages:
  welcome: {header: {en: Welcome, de: Willkommen}, body: {en: "Good to see you at {program}.", de: "Schön, Sie bei {program} zu sehen."}}
  win_back: {header: {en: Come, de: Komm}, body: {en: "{quantity}", de: "{quantity}"}, unit: points, purpose: offers}
"""


def file(old: str = "", new: str = "") -> str:
    text = (
        source(more=PASSES).replace("locales: [en]", "locales: [en, de]").replace("terms: Be nice.", "terms: {en: Be nice., de: Sei nett.}")
    )
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("title: {en: Card, de: Karte}", "title: {en: Card}", "the text in `de` is missing"),
        ("support: {en: Call us, de: Rufen Sie an}", "support: Call us", "the text in `de` is missing"),
        ("{en: Help, de: Hilfe}", "Help", "the text in `de` is missing"),
        ("terms: {en: Be nice., de: Sei nett.}", "terms: Be nice.", "the text in `de` is missing"),
        ("header: {en: Welcome, de: Willkommen}", "header: Welcome", "the text in `de` is missing"),
        ("{program} zu", "{programm} zu", "a message of this kind has no {programm} (did you mean program?)"),
        ("purpose: offers", "at_most_every_days: 3", "an offer needs a `purpose`"),
        ("purpose: offers", "purpose: offer", "there is no purpose `offer` (did you mean offers?)"),
        ("unit: points, purpose", "unit: point, purpose", "there is no unit `point` (did you mean points?)"),
        ("      gold:", "      golden:", "there is no tier `golden` (did you mean gold?)"),
        (
            'label: "#f5be50"',
            'label: "#66707a"',
            "`label` #66707a on #22313f has a contrast of 2.6: people need 4.5 to read it (WCAG 1.4.3)",
        ),
        ('background: "#7a5a00"', 'background: "#c9a227"', "`foreground` #ffffff on #c9a227 has a contrast of"),
    ],
)
def test_what_is_wrong_of_passes_is_said_when_the_file_is_applied(old, new, said):
    (found,) = {complaint.partition(": ")[2] for complaint in complaints(file(old, new)) if said in complaint} or {""}

    assert said in found


def test_a_missing_translation_is_told_with_its_line():
    (found,) = complaints(file("title: {en: Card, de: Karte}", "title: Card"))
    line = file().splitlines().index("    title: {en: Card, de: Karte}") + 1

    assert found.startswith(f"{line}:5: the text in `de` is missing")


def test_a_tier_at_risk_needs_a_warning():
    text = file("pass_messages:\n", "pass_messages:\n  tier_at_risk: {header: {en: A, de: B}, body: {en: A, de: B}}\n")

    assert any("say tiers.warning" in found for found in complaints(text))


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#ffffff") == 1
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
