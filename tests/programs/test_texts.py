"""A program in words: plural forms, languages, reasons."""

from dataclasses import asdict
from decimal import Decimal
from importlib.resources import files

from builders.programs import NOON, line, purchase
from honeyguide.programs.evaluation import CounterKey, Facts, evaluate
from honeyguide.programs.localised import negotiate, plural
from honeyguide.programs.program import Program, load
from honeyguide.programs.texts import language_for, reason_text, tier_name, unit_name, ways_to_earn


def demo() -> Program:
    loaded = load(files("honeyguide.programs").joinpath("gallery/grocer-and-fuel.yaml").read_text(encoding="utf-8"))
    assert isinstance(loaded, Program)
    return loaded


def test_units_follow_the_plural_rules_of_their_language() -> None:
    program = demo()

    assert [unit_name(program, "points", count, "en") for count in (0, 1, Decimal("1.5"), 2)] == ["points", "point", "points", "points"]
    assert [unit_name(program, "points", count, "de") for count in (0, 1, 2)] == ["Punkte", "Punkt", "Punkte"]
    polish = {"one": "punkt", "few": "punkty", "many": "punktów", "other": "punktu"}
    assert [plural(polish, count, "pl") for count in (1, 3, 5, 22)] == ["punkt", "punkty", "punktów", "punkty"]


def test_a_reader_gets_the_first_wished_language_that_the_program_has() -> None:
    program = demo()

    assert language_for(program, ("fr", "de-AT", "en")) == "de"
    assert language_for(program, ("fr",)) == "en"
    assert language_for(program, ()) == "en"
    assert negotiate(("pt",), ("en", "pt-BR"), "en") == "pt-BR"
    assert tier_name(program, "forager", "de-CH") == "Sammler"
    assert tier_name(program, "gone", "de") == "gone"


def test_reasons_say_rate_amount_tier_and_cap() -> None:
    program = demo()
    facts = Facts(NOON, "forager", {CounterKey("cap/base", "2026-11-22"): 4990})

    (accrual,) = evaluate(program, purchase(line("40.00", "PRODUCE"), partner="grocer"), facts).accruals

    because = asdict(accrual.because[0])
    assert reason_text(program, because, "en") == (
        "Points on every purchase: 1 point per $1.00, on $40.00, with more on some categories, times 1.25 as Forager, at most 5,000 points a day"
    )
    assert reason_text(program, because, "de").startswith(
        "Punkte auf jeden Einkauf: 1 Punkt je 1,00\xa0$, auf 40,00\xa0$".replace("\xa0", " ")
    )


def test_reasons_of_cashback_and_of_what_was_missed() -> None:
    program = demo()
    fuel = evaluate(program, purchase(line("200.00", "FUEL"), partner="fuel"), Facts(NOON))
    small = evaluate(program, purchase(line("10.00"), partner="grocer"), Facts(NOON))

    cashback = next(accrual for accrual in fuel.accruals if accrual.unit == "cashback")
    assert reason_text(program, asdict(cashback.because[0]), "en") == "Fuel cashback: 2 % of $200.00, 0.5 % on the $50.00 beyond the limit"
    assert reason_text(program, asdict(small.missed[0]), "en") == "Big basket: $40.00 more to the next step of $50.00"


def test_what_an_older_version_recorded_is_still_told() -> None:
    program = demo()

    assert reason_text(program, {"rule": "gone", "quantity": 5, "unit": "points", "inputs": {"kind": "unheard-of"}}, "en") == "gone"
    assert reason_text(program, {"rule": "gone", "quantity": 5, "unit": "stars", "inputs": {"kind": "spend", "amount": 5}}, "en") == (
        "gone: stars per, on $0.05"
    )


def test_ways_to_earn_are_the_rules_of_the_file_in_the_readers_language() -> None:
    ways = ways_to_earn(demo(), "de")

    assert [(way.rule, way.unit) for way in ways] == [
        ("base", "points"),
        ("big-basket", "points"),
        ("fuel", "cashback"),
        ("cashback", "cashback"),
    ]
    assert ways[2].title == "Tank-Cashback"
