"""Expiry: month maths and the end of the day (R26)."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from builders.programs import UNITS, a_program, earned, purchase, rule
from honeyguide.programs.periods import add_months
from honeyguide.programs.units import Expiry


def expiry(**parts: object) -> Expiry:
    return Expiry.model_validate(parts)


def test_r26_the_end_of_january_and_one_month_is_the_end_of_february() -> None:
    assert expiry(after={"months": "1"}).date_of(date(2026, 1, 31)) == date(2026, 2, 28)
    assert expiry(after={"months": "1"}).date_of(date(2028, 1, 31)) == date(2028, 2, 29)


def test_r26_no_months_is_midnight_of_that_day() -> None:
    moment = expiry(after={"months": "0"}).moment_of(date(2026, 5, 15), ZoneInfo("UTC"))

    assert moment == datetime(2026, 5, 15, 23, 59, 59, 999_999, tzinfo=UTC)


def test_r26_thirty_six_months_then_quarter_end() -> None:
    assert expiry(after={"months": "36"}, round_up_to="quarter").date_of(date(2024, 5, 15)) == date(2027, 6, 30)


@pytest.mark.parametrize(
    ("to", "expected"), [("month", "2026-05-31"), ("quarter", "2026-06-30"), ("half_year", "2026-06-30"), ("year", "2026-12-31")]
)
def test_r26_dates_round_up_to_the_end_of_a_period(to: str, expected: str) -> None:
    assert expiry(after={"days": "1"}, round_up_to=to).date_of(date(2026, 5, 14)).isoformat() == expected


def test_months_go_back_as_well() -> None:
    assert add_months(date(2026, 3, 31), -1) == date(2026, 2, 28)
    assert add_months(date(2026, 1, 15), -13) == date(2024, 12, 15)


def test_points_expire_at_the_end_of_the_local_day_counted_from_the_purchase() -> None:
    units = UNITS.replace("stacking: sum", "expiry: {after: {months: 24}}")
    program = a_program(earning=rule("spend", "earn: 1"), units=units)

    (accrual,) = earned(program, purchase("5.00", at=datetime(2026, 10, 31, 8, tzinfo=UTC))).accruals

    assert accrual.expires_at == datetime(2028, 10, 31, 23, 59, 59, 999_999, tzinfo=UTC)


def test_the_last_day_ends_where_the_program_lives() -> None:
    moment = expiry(after={"months": "1"}).moment_of(date(2026, 2, 15), ZoneInfo("Europe/Berlin"))

    assert moment == datetime(2026, 3, 15, 22, 59, 59, 999_999, tzinfo=UTC)
