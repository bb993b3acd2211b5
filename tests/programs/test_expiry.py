"""Expiry: month maths, the policies, longer times by tier, and second chances (R26, R28, R29)."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from builders.programs import UNITS, a_program, complaints, earned, purchase, rule, source
from honeyguide.programs.expiry import Activity, Expiry, lasts_until, reinstated_until, reinstatement_days
from honeyguide.programs.periods import add_months
from honeyguide.programs.program import Program

ACTIVITIES: tuple[Activity, ...] = ("purchase", "redemption", "accrual")


def expiry(**parts: object) -> Expiry:
    return Expiry.model_validate(parts)


def expiring(policy: str) -> Program:
    return a_program(earning=rule("spend", "earn: 1"), units=UNITS.replace("stacking: sum", f"expiry: {policy}"))


def ends(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(hour=23, minute=59, second=59, microsecond=999_999, tzinfo=UTC)


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


@pytest.mark.parametrize(
    ("earned_on", "expires_on"), [("2023-10-01", "2027-09-30"), ("2023-09-30", "2026-09-30"), ("2024-02-29", "2027-09-30")]
)
def test_r26_older_than_three_years_once_a_year_on_the_thirtieth_of_september(earned_on: str, expires_on: str) -> None:
    policy = expiry(calendar={"older_than": {"years": "3"}, "on": "09-30"})

    assert policy.date_of(date.fromisoformat(earned_on)) == date.fromisoformat(expires_on)
    assert not policy.rolls


def test_r26_a_day_of_the_year_that_is_29_february_is_the_28th_in_a_common_year() -> None:
    policy = expiry(calendar={"older_than": {"months": "0"}, "on": "02-29"})

    assert [policy.date_of(date(year, 1, 1)).isoformat() for year in (2027, 2028)] == ["2027-02-28", "2028-02-29"]


def test_r28_a_policy_switched_on_never_takes_points_earned_before_because_dates_are_fixed_when_earned() -> None:
    before, after = expiring("{after: {months: 24}}"), expiring("{inactivity: {months: 6}}")
    never = a_program(earning=rule("spend", "earn: 1"))

    (kept,) = earned(never, purchase("5.00")).accruals
    (fixed,) = earned(before, purchase("5.00")).accruals
    (rolling,) = earned(after, purchase("5.00")).accruals

    # What the later policy says of activity concerns only lots that were earned as rolling.
    assert (kept.expires_at, kept.rolls) == (None, False)
    assert (fixed.expires_at, fixed.rolls) == (ends("2028-11-22"), False)
    assert (rolling.expires_at, rolling.rolls) == (ends("2027-05-22"), True)


def test_r29_by_inactivity_a_purchase_moves_the_date_of_the_whole_balance() -> None:
    program = expiring("{inactivity: {months: 18}, round_up_to: month}")
    moved = {event: lasts_until(program, "points", event, date(2026, 3, 15)) for event in ACTIVITIES}

    assert moved == {"purchase": ends("2027-09-30"), "redemption": None, "accrual": None}


def test_r29_the_file_says_which_activities_count() -> None:
    program = expiring("{inactivity: {days: 30, by: [redemption, accrual]}}")
    moved = {event: lasts_until(program, "points", event, date(2026, 3, 1)) for event in ACTIVITIES}

    assert moved == {"purchase": None, "redemption": ends("2026-03-31"), "accrual": ends("2026-03-31")}


def test_r29_a_rolling_balance_moves_with_each_accrual_only() -> None:
    program = expiring("{rolling: {months: 12}}")
    moved = {event: lasts_until(program, "points", event, date(2026, 3, 1)) for event in ACTIVITIES}

    assert program.plan.expiry_of("points", date(2026, 3, 1), None) == (ends("2027-03-01"), True)
    assert moved == {"purchase": None, "redemption": None, "accrual": ends("2027-03-01")}


@pytest.mark.parametrize("policy", ["{after: {months: 12}}", "{calendar: {older_than: {years: 1}, on: 12-31}}"])
def test_r29_no_activity_moves_fixed_dates(policy: str) -> None:
    program = expiring(policy)

    assert [lasts_until(program, unit, event, date(2026, 3, 1)) for unit in ("points", "cash") for event in ACTIVITIES] == [None] * 6


@pytest.mark.parametrize(("tier", "expires_on"), [(None, "2027-11-22"), ("silver", "2027-11-22"), ("gold", "2029-11-22")])
def test_r29_of_the_general_time_and_that_of_the_tier_at_the_purchase_the_later_wins(tier: str | None, expires_on: str) -> None:
    program = expiring("{after: {months: 12}, tiers: {silver: {months: 6}, gold: {months: 36}}}")

    (accrual,) = earned(program, purchase("5.00"), tier=tier).accruals

    assert accrual.expires_at == ends(expires_on)
    assert program.plan.expires_at("points", date(2026, 11, 22)) == ends("2027-11-22")


def test_r29_a_tier_moves_the_whole_balance_further_too() -> None:
    program = expiring("{inactivity: {months: 12}, tiers: {gold: {months: 36}}}")

    assert lasts_until(program, "points", "purchase", date(2026, 3, 1), "gold") == ends("2029-03-01")


def test_r29_a_purchase_within_the_days_after_an_expiry_brings_back_what_expired_as_if_earned_then() -> None:
    program = expiring("{after: {months: 12}, tiers: {gold: {months: 36}}, reinstatement: {days: 30}}")

    assert (reinstatement_days(program, "points"), reinstatement_days(program, "cash")) == (30, None)
    assert reinstated_until(program, "points", date(2026, 3, 1)) == ends("2027-03-01")
    assert reinstated_until(program, "points", date(2026, 3, 1), "gold") == ends("2029-03-01")


@pytest.mark.parametrize(
    ("policy", "finding"),
    [
        ("{}", "say one of after, calendar, rolling, inactivity"),
        ("{round_up_to: month}", "say one of after, calendar, rolling, inactivity"),
        ("{after: {days: 1}, rolling: {days: 1}}", "say one of after, calendar, rolling, inactivity"),
        ("{rolling: {}}", "say either years, months or days"),
        ("{calendar: {older_than: {years: 1}, on: 12-31}, round_up_to: month}", "`round_up_to` has no place beside `calendar`"),
        ("{calendar: {older_than: {years: 1}, on: 31-12}}", "`31-12` is no day of the year such as 09-30"),
        ("{calendar: {older_than: {years: 1}, on: 02-30}}", "`02-30` is no day of the year such as 09-30"),
        ("{inactivity: {days: 1, by: [purchases]}}", "`purchases` is none of purchase, redemption, accrual (did you mean purchase?)"),
        ("{inactivity: {days: 1, by: []}}", "at least one is needed here"),
        ("{after: {days: 1}, tiers: {golden: {days: 2}}}", "there is no tier `golden` (did you mean gold?)"),
        ("{after: {days: 1}, reinstatement: {days: 0}}", "0 is less than 1, the least there can be"),
    ],
)
def test_mistakes_in_a_policy_are_found(policy: str, finding: str) -> None:
    found = complaints(source(units=UNITS.replace("stacking: sum", f"expiry: {policy}")))

    assert any(finding in complaint for complaint in found), found
