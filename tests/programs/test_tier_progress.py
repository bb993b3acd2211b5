"""The warning before a tier is lost (R34)."""

from datetime import UTC, datetime

import pytest

from builders.programs import LADDER, NOON, a_program, complaints, source
from honeyguide.programs.program import Program
from honeyguide.programs.tiers import TierHeld, TierWarning, tier_windows, warn_at, warning, warning_windows

WARNED = "warning: {days: 30}\nlevels:"


def last(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(hour=23, minute=59, second=59, microsecond=999_999, tzinfo=UTC)


def warned(program: Program, held: TierHeld, as_of: datetime, *purchases: tuple[str, int]) -> TierWarning | None:
    windows = warning_windows(program, held)
    sums = {one: sum(amount for bought, amount in purchases if one.from_day <= bought <= one.to_day) for one in windows}
    return warning(program, held, sums, as_of)


def by_year(more: str = "") -> Program:
    return a_program(tiers=LADDER.replace("{kind: rolling, months: 12}", "{kind: calendar_year}").replace("levels:", more + WARNED))


def test_r34_a_member_is_warned_so_many_days_before_the_tier_ends_and_its_grace_begins() -> None:
    graced = by_year("grace: {months: 1}\n")

    assert warn_at(graced, TierHeld("gold", NOON, last("2028-01-31"))) == datetime(2027, 12, 1, tzinfo=UTC)
    assert warn_at(by_year(), TierHeld("gold", NOON, last("2027-12-31"))) == datetime(2027, 12, 1, tzinfo=UTC)


def test_r34_nobody_is_warned_of_the_lowest_tier_or_where_the_program_says_nothing() -> None:
    gold = TierHeld("gold", NOON, last("2027-12-31"))

    assert warn_at(by_year(), TierHeld("bronze", NOON, last("2027-12-31"))) is None
    assert warn_at(by_year(), TierHeld("gold", NOON, None)) is None
    assert warn_at(a_program(), gold) is None
    assert warned(a_program(), gold, last("2027-12-30")) is None


def test_r34_the_warning_says_what_is_there_what_is_needed_what_comes_next_and_when() -> None:
    program = by_year("grace: {months: 1}\n")
    gold = TierHeld("gold", NOON, last("2028-01-31"))

    told = warned(program, gold, last("2027-12-01"), ("2027-03-01", 120_000), ("2026-11-22", 400_000))

    assert told is not None
    assert (told.tier, told.drops_to, told.ends_at, told.until) == ("gold", "silver", last("2027-12-31"), last("2028-01-31"))
    (way,) = told.ways
    assert (way.metric, way.current, way.needed, way.remaining) == ("spend", 120_000, 350_000, 230_000)


def test_r34_a_soft_landing_is_announced_as_one() -> None:
    program = by_year("drop: one\n")

    told = warned(program, TierHeld("gold", NOON, last("2027-12-31")), last("2027-12-01"))

    assert told is not None
    assert told.drops_to == "silver"


@pytest.mark.parametrize("as_of", [last("2027-11-29"), NOON])
def test_r34_the_warning_does_not_come_early(as_of: datetime) -> None:
    assert warned(by_year(), TierHeld("gold", NOON, last("2027-12-31")), as_of) is None


def test_r34_who_keeps_the_tier_is_not_warned() -> None:
    gold = TierHeld("gold", NOON, last("2027-12-31"))

    assert warned(by_year(), gold, last("2027-12-01"), ("2027-03-01", 350_000)) is None


def test_r34_in_a_rolling_period_what_leaves_it_before_the_review_does_not_keep_the_tier() -> None:
    program = a_program(tiers=LADDER.replace("levels:", WARNED))
    gold = TierHeld("gold", NOON, last("2027-11-22"))
    bought = ("2026-11-22", 350_000)

    told = warned(program, gold, last("2027-10-23"), bought)

    assert any(one.from_day <= bought[0] <= one.to_day for one in tier_windows(program, last("2027-10-23")))
    assert told is not None
    assert (told.drops_to, told.ways[0].current) == ("bronze", 0)


@pytest.mark.parametrize(
    ("keys", "finding"),
    [
        ("grace: {months: 12}", "a grace is shorter than a year"),
        ("grace: {}", "say either years, months or days"),
        ("upgrade: next_period", "a rolling period has no next one"),
        ("upgrade: at_onces", "(did you mean at_once?)"),
        ("warning: {days: 0}", "0 is less than 1, the least there can be"),
    ],
)
def test_mistakes_in_the_ladders_options_are_found(keys: str, finding: str) -> None:
    found = complaints(source(tiers=LADDER.replace("levels:", f"{keys}\nlevels:")))

    assert any(finding in complaint for complaint in found), found
