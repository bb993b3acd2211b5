"""Tiers: up at once, kept until the review, then what the window earns (R31, R32)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.programs import LADDER, NOON, a_program, earned, line, purchase, rule, source
from honeyguide.programs.accrual import WindowKey
from honeyguide.programs.program import Program, load
from honeyguide.programs.purchase import LineKind
from honeyguide.programs.tiers import TierHeld, assess, grace_from, progress, tier_windows

CALENDAR = LADDER.replace("{kind: rolling, months: 12}", "{kind: calendar_year}")


def day(text: str, hour: int = 12) -> datetime:
    return datetime.fromisoformat(text).replace(hour=hour, tzinfo=UTC)


def assessed(program: Program, held: TierHeld | None, as_of: datetime, *amounts: int) -> TierHeld:
    """Assess with the amounts of the present window and, by calendar year, the one before."""
    windows = tier_windows(program, as_of)
    held_now = assess(program, held, dict(zip(windows, amounts, strict=False)), as_of)
    assert held_now is not None
    return held_now


def shown(tier: TierHeld) -> tuple[str, str | None]:
    return tier.code, tier.until.date().isoformat() if tier.until else None


def test_everybody_begins_in_the_first_tier_which_is_never_reviewed() -> None:
    assert assessed(a_program(), None, NOON, 99_999) == TierHeld("bronze", NOON, None)


def test_a_rolling_window_is_the_last_twelve_months_up_to_today() -> None:
    assert tier_windows(a_program(), day("2026-11-22")) == (WindowKey("qualifying/spend", "2025-11-23", "2026-11-22"),)
    assert tier_windows(a_program(), day("2024-02-29"))[0].from_day == "2023-03-01"


def test_a_tier_is_reached_at_once_and_kept_for_the_months_of_the_period() -> None:
    bronze = TierHeld("bronze", day("2026-01-01"), None)

    silver = assessed(a_program(), bronze, NOON, 100_000)

    assert shown(silver) == ("silver", "2027-11-22")
    assert silver.since == NOON


def test_a_tier_is_kept_until_its_review_although_the_window_earns_less() -> None:
    gold = TierHeld("gold", day("2026-01-10"), day("2027-01-10", 23))

    assert assessed(a_program(), gold, day("2027-01-10"), 0) is gold


def test_at_the_review_the_tier_drops_to_what_the_window_earns() -> None:
    gold = TierHeld("gold", day("2026-01-10"), day("2027-01-10"))

    assert shown(assessed(a_program(), gold, day("2027-01-10"), 120_000)) == ("silver", "2028-01-10")
    assert shown(assessed(a_program(), gold, day("2027-01-10"), 0)) == ("bronze", None)


def test_who_earns_the_tier_again_at_the_review_keeps_it_without_a_break() -> None:
    gold = TierHeld("gold", day("2026-01-10"), day("2027-01-10"))

    again = assessed(a_program(), gold, day("2027-01-10"), 400_000)

    assert shown(again) == ("gold", "2028-01-10")
    assert again.since == gold.since


def test_in_a_rolling_period_a_purchase_within_the_tier_changes_nothing() -> None:
    silver = TierHeld("silver", day("2026-01-10"), day("2027-01-10"))

    assert assessed(a_program(), silver, NOON, 200_000) is silver


def test_by_calendar_year_a_tier_lasts_to_the_end_of_the_next_year() -> None:
    program = a_program(tiers=CALENDAR)

    silver = assessed(program, None, day("2026-03-01"), 100_000, 0)

    assert tier_windows(program, day("2026-03-01")) == (
        WindowKey("qualifying/spend", "2026-01-01", "2026-12-31"),
        WindowKey("qualifying/spend", "2025-01-01", "2025-12-31"),
    )
    assert shown(silver) == ("silver", "2027-12-31")


def test_by_calendar_year_reaching_the_tier_again_moves_its_end_by_a_year() -> None:
    program = a_program(tiers=CALENDAR)
    silver = TierHeld("silver", day("2026-03-01"), datetime(2027, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))

    assert assessed(program, silver, day("2027-02-01"), 20_000, 100_000) is silver
    assert shown(assessed(program, silver, day("2027-05-01"), 100_000, 100_000)) == ("silver", "2028-12-31")


def test_by_calendar_year_a_review_in_january_counts_the_year_that_ended() -> None:
    program = a_program(tiers=CALENDAR)
    gold = TierHeld("gold", day("2026-03-01"), datetime(2027, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))

    assert shown(assessed(program, gold, day("2028-01-01"), 0, 100_000)) == ("silver", "2028-12-31")


def test_progress_tells_what_is_missing_to_the_next_tier() -> None:
    program = a_program()
    (window,) = tier_windows(program, NOON)

    (step,) = progress(program, "silver", {window: 120_000}, NOON)

    assert (step.metric, step.current, step.needed, step.remaining, step.next_tier_code, step.decimals) == (
        "spend",
        120_000,
        350_000,
        230_000,
        "gold",
        2,
    )
    assert step.period_ends.date().isoformat() == "2027-11-21"  # today's purchase leaves the window on the 22nd
    assert progress(program, "gold", {window: 0}, NOON) == []


def test_several_metrics_lead_up_by_any_or_by_all() -> None:
    metrics = "metrics:\n  spend: {counts: spend, name: S}\n  visits: {counts: visits, name: V}\n"
    levels = "levels: {low: {name: L}, high: {name: H, needs: {spend: 10, visits: 2}}}\nperiod: {kind: rolling, months: 1}\n"

    assert assessed(a_program(tiers=metrics + levels), None, NOON, 0, 2).code == "high"
    assert assessed(a_program(tiers=metrics + levels + "reach: all\n"), None, NOON, 0, 2).code == "low"
    assert assessed(a_program(tiers=metrics + levels + "reach: all\n"), None, NOON, 1000, 2).code == "high"


def test_a_program_without_tiers_has_none() -> None:
    program = a_program(tiers="")

    assert (tier_windows(program, NOON), assess(program, None, {}, NOON), progress(program, None, {}, NOON)) == ((), None, [])


def test_r31_qualifying_amounts_are_counted_by_local_day_apart_from_balances() -> None:
    metrics = "spend: {counts: spend, name: S}\n  points: {counts: points, unit: points, name: P}\n  visits: {counts: visits, name: V}"
    program = a_program(earning=rule("spend", "earn: 2"), tiers=LADDER.replace("spend: {counts: spend, name: Spend}", metrics))

    evaluation = earned(program, purchase(line("10.00"), line("1.00", kind=LineKind.TAX)))

    assert {use.name: (use.period, use.amount) for use in evaluation.counters} == {
        "qualifying/spend": ("2026-11-22", 1000),
        "qualifying/points": ("2026-11-22", 20),
        "qualifying/visits": ("2026-11-22", 1),
    }


def test_a_day_is_a_day_in_the_programs_time_zone() -> None:
    late = datetime(2026, 11, 23, 3, 30, tzinfo=UTC)  # still the 22nd in New York
    there = load(source().replace("time_zone: UTC", "time_zone: America/New_York"))

    assert isinstance(there, Program)
    assert there.local_day(late).day == 22
    assert a_program().local_day(late).day == 23


def year_end(text: str) -> datetime:
    """The last moment of a day."""
    return day(text).replace(hour=23, minute=59, second=59, microsecond=999_999)


def after(moment: datetime) -> datetime:
    """The moment of the review of a tier that ends then."""
    return moment + timedelta(microseconds=1)


def sums(program: Program, as_of: datetime, *purchases: tuple[str, int], joined: date | None = None) -> dict[WindowKey, int]:
    """What the windows of a moment hold of purchases on ISO days."""
    windows = tier_windows(program, as_of, joined)
    return {one: sum(amount for bought, amount in purchases if one.from_day <= bought <= one.to_day) for one in windows}


def graced(period: str = "{kind: calendar_year}", more: str = "") -> Program:
    return a_program(tiers=LADDER.replace("{kind: rolling, months: 12}", f"{period}\ngrace: {{months: 1}}\n{more}"))


GOLD_TO_2027 = TierHeld("gold", day("2026-03-01"), year_end("2028-01-31"))


def test_r33_a_tier_that_ends_on_31_december_with_a_month_of_grace_is_kept_through_31_january() -> None:
    program = graced()

    gold = assess(program, None, sums(program, NOON, ("2026-11-22", 400_000)), NOON)

    assert gold is not None
    assert gold.until == year_end("2028-01-31")
    assert grace_from(program, gold.until) == year_end("2027-12-31")
    assert assess(program, gold, {}, day("2028-01-31")) is gold
    assert shown(assessed(program, gold, after(year_end("2028-01-31")), 0)) == ("bronze", None)


def test_r33_who_earns_the_tier_in_the_grace_keeps_it_without_a_break() -> None:
    program = graced()
    bought = ("2027-06-01", 300_000), ("2028-01-20", 50_000)
    as_of = day("2028-01-20")

    kept = assess(program, GOLD_TO_2027, sums(program, as_of, *bought), as_of)

    assert kept == TierHeld("gold", GOLD_TO_2027.since, year_end("2029-01-31"))


def test_r33_what_is_bought_in_the_grace_promotes_nobody_for_the_year_that_ended() -> None:
    program = graced()
    bronze = TierHeld("bronze", day("2027-01-01"), None)
    bought = ("2027-06-01", 90_000), ("2028-01-20", 20_000)

    assert assess(program, bronze, sums(program, day("2028-01-20"), *bought), day("2028-01-20")) is bronze


def test_r33_in_a_rolling_period_the_review_after_the_grace_still_counts_what_was_earned_when_the_tier_ended() -> None:
    program = graced("{kind: rolling, months: 12}")
    gold = TierHeld("gold", day("2026-12-31"), year_end("2028-01-31"))
    review = after(year_end("2028-01-31"))

    kept = assess(program, gold, sums(program, review, ("2027-01-15", 350_000)), review)
    in_grace = assess(program, gold, sums(program, day("2028-01-10"), ("2027-01-15", 350_000)), day("2028-01-10"))
    lost = assess(program, gold, sums(program, review, ("2027-01-15", 340_000)), review)

    assert kept == TierHeld("gold", gold.since, year_end("2029-02-01"))
    assert in_grace == TierHeld("gold", gold.since, year_end("2029-02-10"))
    assert lost is not None
    assert lost.code == "silver"


@pytest.mark.parametrize(
    ("until", "ends"),
    [("2027-02-28", "2027-01-31"), ("2027-03-31", "2027-02-28"), ("2027-04-15", "2027-03-15"), ("2027-12-31", "2027-11-30")],
)
def test_r33_the_grace_begins_after_the_latest_day_that_it_can_follow(until: str, ends: str) -> None:
    assert grace_from(graced("{kind: rolling, months: 12}"), year_end(until)) == year_end(ends)


def test_a_tier_without_grace_or_without_end_ends_when_it_says() -> None:
    assert grace_from(a_program(), NOON) == NOON
    assert grace_from(graced(), None) is None


def test_r32_a_year_may_begin_on_any_day() -> None:
    program = a_program(tiers=LADDER.replace("{kind: rolling, months: 12}", "{kind: calendar_year, starts: 04-01}"))

    assert [(one.from_day, one.to_day) for one in tier_windows(program, day("2027-03-31"))] == [
        ("2026-04-01", "2027-03-31"),
        ("2025-04-01", "2026-03-31"),
    ]
    assert shown(assessed(program, None, day("2027-03-31"), 100_000)) == ("silver", "2028-03-31")


def test_r32_a_membership_year_begins_on_the_anniversary_of_joining() -> None:
    program = a_program(tiers=LADDER.replace("{kind: rolling, months: 12}", "{kind: membership_year}"))
    joined, as_of = date(2024, 2, 29), day("2027-02-28")
    windows = tier_windows(program, as_of, joined)

    silver = assess(program, None, {windows[0]: 100_000}, as_of, joined)

    assert [(one.from_day, one.to_day) for one in windows] == [("2027-02-28", "2028-02-28"), ("2026-02-28", "2027-02-27")]
    assert silver is not None
    assert shown(silver) == ("silver", "2029-02-27")
    assert progress(program, None, {}, as_of, joined)[0].period_ends == year_end("2028-02-28")
    assert tier_windows(program, as_of)[0].from_day == "2027-01-01"  # like a calendar year where the day is not known


def test_r32_a_member_year_begins_on_the_day_that_was_set_and_else_on_that_of_joining() -> None:
    program = a_program(tiers=LADDER.replace("{kind: rolling, months: 12}", "{kind: member_year}"))
    as_of = day("2027-02-28")

    years = tier_windows(program, as_of, date(2024, 10, 1))

    assert [(one.from_day, one.to_day) for one in years] == [("2026-10-01", "2027-09-30"), ("2025-10-01", "2026-09-30")]
    assert progress(program, None, {}, as_of, date(2024, 10, 1))[0].period_ends == year_end("2027-09-30")


NEXT_PERIOD = CALENDAR.replace("levels:", "upgrade: next_period\nlevels:")


def test_r32_where_upgrades_wait_a_tier_reached_begins_with_the_next_year() -> None:
    program = a_program(tiers=NEXT_PERIOD)
    bronze = TierHeld("bronze", day("2026-01-01"), None)

    waiting = assessed(program, bronze, NOON, 100_000)
    silver = assess(program, waiting, sums(program, day("2027-01-01"), ("2026-11-22", 100_000)), after(year_end("2026-12-31")))

    assert waiting == TierHeld("bronze", bronze.since, year_end("2026-12-31"))
    assert silver == TierHeld("silver", after(year_end("2026-12-31")), year_end("2027-12-31"))


def test_r32_an_upgrade_that_waits_and_is_returned_does_not_come() -> None:
    program = a_program(tiers=NEXT_PERIOD)
    waiting = TierHeld("bronze", day("2026-01-01"), year_end("2026-12-31"))

    assert assessed(program, waiting, NOON, 0) == TierHeld("bronze", waiting.since, None)
    assert assessed(program, waiting, after(year_end("2026-12-31")), 0, 0) == TierHeld("bronze", waiting.since, None)


def test_r32_an_upgrade_that_waits_does_not_wait_for_the_grace() -> None:
    program = graced(more="upgrade: next_period")
    silver = TierHeld("silver", day("2026-01-01"), year_end("2027-01-31"))

    waiting = assessed(program, silver, NOON, 400_000, 0)
    gold = assessed(program, waiting, after(year_end("2026-12-31")), 0, 400_000)

    assert shown(waiting) == ("silver", "2026-12-31")
    assert grace_from(program, waiting.until) == waiting.until
    assert gold == TierHeld("gold", after(year_end("2026-12-31")), year_end("2028-01-31"))
    assert assessed(program, waiting, NOON, 200_000, 0) == silver


def test_r32_a_soft_landing_is_one_tier_a_review() -> None:
    program = a_program(tiers=LADDER.replace("levels:", "drop: one\nlevels:"))
    gold = TierHeld("gold", day("2026-01-10"), year_end("2027-01-10"))

    silver = assessed(program, gold, after(year_end("2027-01-10")), 0)
    bronze = assessed(program, silver, after(year_end("2028-01-11")), 0)

    assert shown(silver) == ("silver", "2028-01-11")
    assert bronze == TierHeld("bronze", after(year_end("2028-01-11")), None)


def test_r32_a_soft_landing_by_year_lasts_to_the_end_of_the_year() -> None:
    program = graced(more="drop: one")

    silver = assessed(program, GOLD_TO_2027, after(year_end("2028-01-31")), 0, 0, 0)

    assert shown(silver) == ("silver", "2029-01-31")


@pytest.mark.parametrize("tiers", [LADDER, CALENDAR, NEXT_PERIOD, CALENDAR.replace("levels:", "drop: one\ngrace: {days: 10}\nlevels:")])
def test_r34_a_tier_assigned_by_hand_is_kept_to_its_date_and_then_judged_like_any_other(tiers: str) -> None:
    program = a_program(tiers=tiers)
    assigned = TierHeld("gold", NOON, year_end("2029-06-30"))

    for moment in (NOON, day("2027-01-01"), day("2028-05-01"), day("2029-06-19")):
        assert assess(program, assigned, sums(program, moment, ("2026-11-22", 100_000), ("2028-02-01", 100)), moment) is assigned
    review = after(year_end("2029-06-30"))
    judged = assess(program, assigned, sums(program, review, ("2029-02-01", 150_000), ("2028-12-01", 120_000)), review)
    assert judged is not None
    assert judged.code == "silver"


def test_a_tier_assigned_by_hand_that_is_earned_meanwhile_keeps_the_later_end() -> None:
    program = a_program(tiers=CALENDAR)
    assigned = TierHeld("silver", NOON, year_end("2030-06-30"))

    assert assessed(program, assigned, NOON, 100_000) is assigned


@given(
    st.sampled_from(
        [
            ladder.replace("levels:", f"{more}\nlevels:")
            for ladder in (LADDER, CALENDAR, NEXT_PERIOD)
            for more in ("", "drop: one\ngrace: {months: 2}")
        ]
    ),
    st.sampled_from(["bronze", "silver", "gold"]),
    st.timedeltas(timedelta(0), timedelta(days=1500)).map(NOON.__add__),
    st.timedeltas(timedelta(0), timedelta(days=1500)).map(NOON.__add__),
    st.lists(st.tuples(st.dates(date(2025, 1, 1), date(2030, 1, 1)).map(date.isoformat), st.integers(0, 400_000)), max_size=4),
)
def test_no_tier_ends_before_its_date_but_for_a_higher_one_and_every_review_settles_the_next(
    tiers: str, code: str, until: datetime, as_of: datetime, purchases: list[tuple[str, int]]
) -> None:
    program = a_program(tiers=tiers)
    held = TierHeld(code, day("2025-12-31"), until)

    after_it = assess(program, held, sums(program, as_of, *purchases), as_of)

    assert after_it is not None
    assert program.tiers is not None
    if as_of < until and program.tiers.rank(after_it.code) <= program.tiers.rank(code):
        assert after_it.code == code
        assert (after_it.until is None and code == "bronze") or (after_it.until is not None and after_it.until >= until)
    if as_of >= until:
        assert after_it.until is None or after_it.until > as_of
