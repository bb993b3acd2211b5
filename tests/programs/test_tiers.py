"""Tiers: up at once, kept until the review, then what the window earns (R31, R32)."""

from datetime import UTC, datetime

from builders.programs import LADDER, NOON, a_program, earned, line, purchase, rule, source
from honeyguide.programs.accrual import WindowKey
from honeyguide.programs.program import Program, load
from honeyguide.programs.purchase import LineKind
from honeyguide.programs.tiers import TierHeld, assess, progress, tier_windows

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
