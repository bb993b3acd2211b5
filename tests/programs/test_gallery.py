"""The programs of the gallery: examples that load, that editors accept, and that mean what their terms say."""

from datetime import UTC, date, datetime
from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from builders.programs import line, purchase
from honeyguide.ledger.reversals import ClawbackPolicy
from honeyguide.programs.evaluation import CounterKey, Facts, evaluate
from honeyguide.programs.expiry import lasts_until
from honeyguide.programs.json_schema import json_schema
from honeyguide.programs.program import Program, load
from honeyguide.programs.purchase import LineKind
from honeyguide.programs.tiers import TierHeld, grace_from, warn_at

GALLERY = {file.name: file.read_text(encoding="utf-8") for file in files("honeyguide.programs").joinpath("gallery").iterdir()}


def of_the_gallery(name: str) -> Program:
    program = load(GALLERY[f"{name}.yaml"])
    assert isinstance(program, Program), program.findings
    return program


def last(text: str) -> datetime:
    """The last moment of a day in Berlin, in winter."""
    return datetime.fromisoformat(f"{text}T22:59:59.999999+00:00")


@pytest.mark.parametrize("name", sorted(GALLERY))
def test_a_program_of_the_gallery_loads_and_fits_the_schema_as_an_editor_reads_it(name: str) -> None:
    as_editors_read = YAML(typ="safe", pure=True).load(GALLERY[name])

    assert isinstance(load(GALLERY[name]), Program)
    assert [error.message for error in Draft202012Validator(json_schema()).iter_errors(as_editors_read)] == []


def test_a_gold_members_fare_earns_miles_that_live_three_years_from_the_last_activity() -> None:
    airline = of_the_gallery("airline")
    flight = purchase(line("200.00", "ECONOMY"), line("40.00", kind=LineKind.TAX), partner="skyway", at=datetime(2026, 2, 3, 8, tzinfo=UTC))

    (accrual,) = evaluate(airline, flight, Facts(posted_at=flight.occurred_at, tier="gold")).accruals

    assert (accrual.quantity, accrual.expires_at, accrual.rolls) == (1500, datetime(2029, 2, 28, 22, 59, 59, 999_999, tzinfo=UTC), True)
    assert lasts_until(airline, "miles", "redemption", date(2026, 5, 5)) == last("2027-11-30")
    assert lasts_until(airline, "miles", "accrual", date(2026, 5, 5)) is None


def test_travel_credit_ends_once_a_year_and_is_never_owed() -> None:
    airline = of_the_gallery("airline")

    expires_at = airline.plan.expiry_of("vouchers", date(2023, 10, 1), None).expires_at

    assert expires_at == datetime(2027, 9, 30, 21, 59, 59, 999_999, tzinfo=UTC)
    assert airline.units["vouchers"].clawback is ClawbackPolicy.WITHIN_BALANCE


def test_stays_add_up_to_the_bonus_of_regulars() -> None:
    stay = purchase("400.00", partner="nightjar")

    (accrual,) = evaluate(
        of_the_gallery("airline"), stay, Facts(stay.occurred_at, counters={CounterKey("carry/regulars", "always"): 70_000})
    ).accruals

    assert [because.quantity for because in accrual.because] == [800, 1000]


def test_status_of_the_airline_ends_with_january_and_is_warned_of_in_november() -> None:
    airline = of_the_gallery("airline")
    gold = TierHeld("gold", datetime(2026, 3, 1, tzinfo=UTC), last("2028-01-31"))

    assert grace_from(airline, gold.until) == last("2027-12-31")
    assert warn_at(airline, gold) == datetime(2027, 10, 31, 23, tzinfo=UTC)
