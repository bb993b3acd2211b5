"""Consents, quiet hours, the age gate and retention, as a program file says them (R57)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from builders.shop import DEMO
from honeyguide.programs.age import AgeDecision, AgeTerms, is_plausible
from honeyguide.programs.consents import default_purpose
from honeyguide.programs.findings import ProgramInvalid
from honeyguide.programs.program import Program, load
from honeyguide.programs.quiet_hours import QuietHours

NIGHT = QuietHours(time(21), time(8))
BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")


def test_a_program_without_these_sections_asks_nothing_of_anybody() -> None:
    source = (
        DEMO[: DEMO.index("# Nothing is ticked")]
        + DEMO[DEMO.index("passes:") : DEMO.index("pass_messages:")]
        + DEMO[DEMO.index("terms:") :]
    )

    program = load(source)

    assert isinstance(program, Program)
    assert (program.consents, program.quiet_hours, program.age) == ({}, None, None)
    assert program.retention.inactive_members.erase_after_months is None


def test_the_demo_program_says_what_it_asks_and_which_purpose_is_the_default() -> None:
    program = load(DEMO)

    assert isinstance(program, Program)
    assert default_purpose(program) == "newsletter"
    assert program.consents["newsletter"].version == 1
    assert program.quiet_hours is not None
    assert program.quiet_hours.hours == NIGHT


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("age: {minimum: 13, guardian_until: 12}", "a guardian is needed up to a higher age"),
        ("age: {minimum: -1}", "no whole number"),
        ("consents: {a: {text: x, default: true}, b: {text: y, default: true}}", "`a` is the default purpose already"),
        ("consents: {a: {version: 1}}", "`text` is missing"),
        ('quiet_hours: {from: "24:00", until: "08:00"}', "no time of the day"),
        ('quiet_hours: {from: "21:00"}', "`until` is missing"),
        ("retention: {parked_posts: 0}", "the least there can be"),
        ("retention: {parked_post: 3}", "unknown key"),
    ],
)
def test_a_mistake_in_what_concerns_people_is_named(section: str, message: str) -> None:
    source = DEMO[: DEMO.index("# Nothing is ticked")] + section + "\n" + DEMO[DEMO.index("passes:") :]

    found = load(source)

    assert isinstance(found, ProgramInvalid)
    assert any(message in finding.message or message.replace("no", "not a", 1) in finding.message for finding in found.findings), found


@pytest.mark.parametrize(
    ("now", "zone", "ends"),
    [
        (datetime(2026, 11, 22, 12, tzinfo=UTC), BERLIN, None),
        (datetime(2026, 11, 22, 20, tzinfo=UTC), BERLIN, datetime(2026, 11, 23, 7, tzinfo=UTC)),  # 21:00 there is quiet already
        (datetime(2026, 11, 22, 19, 59, 59, tzinfo=UTC), BERLIN, None),
        (datetime(2026, 11, 23, 6, 59, tzinfo=UTC), BERLIN, datetime(2026, 11, 23, 7, tzinfo=UTC)),
        (datetime(2026, 11, 23, 7, tzinfo=UTC), BERLIN, None),
        (datetime(2026, 11, 22, 20, tzinfo=UTC), NEW_YORK, None),
        (datetime(2026, 10, 24, 22, tzinfo=UTC), BERLIN, datetime(2026, 10, 25, 7, tzinfo=UTC)),  # the night in which winter time begins
    ],
)
def test_r57_quiet_hours_go_by_the_clock_on_the_members_wall(now: datetime, zone: ZoneInfo, ends: datetime | None) -> None:
    assert NIGHT.ends(zone, now) == ends


def test_quiet_hours_within_a_day_and_none_at_all() -> None:
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)

    assert QuietHours(time(12), time(14)).ends(ZoneInfo("UTC"), noon) == datetime(2026, 11, 22, 14, tzinfo=UTC)
    assert QuietHours(time(9), time(9)).ends(ZoneInfo("UTC"), noon) is None


@pytest.mark.parametrize(
    ("born", "decision"),
    [
        (date(2013, 11, 22), AgeDecision.GUARDIAN_NEEDED),  # thirteen today
        (date(2013, 11, 23), AgeDecision.TOO_YOUNG),
        (date(2010, 11, 22), AgeDecision.OK),
        (date(2010, 11, 23), AgeDecision.GUARDIAN_NEEDED),
        (date(1950, 1, 1), AgeDecision.OK),
    ],
)
def test_r57_who_is_too_young_does_not_join_and_who_is_young_needs_a_guardian(born: date, decision: AgeDecision) -> None:
    gate = AgeTerms(minimum="13", guardian_until="16")  # type: ignore[arg-type]  # as the file writes it

    assert gate.decide(born, date(2026, 11, 22)) is decision


def test_who_was_born_on_a_leap_day_is_older_on_the_first_of_march() -> None:
    gate = AgeTerms(minimum="13")  # type: ignore[arg-type]

    assert gate.decide(date(2012, 2, 29), date(2025, 2, 28)) is AgeDecision.TOO_YOUNG
    assert gate.decide(date(2012, 2, 29), date(2025, 3, 1)) is AgeDecision.OK


def test_a_birth_date_lies_in_a_life() -> None:
    today = date(2026, 11, 22)

    assert [is_plausible(born, today) for born in (today, date(1901, 1, 1), date(1900, 1, 1), date(2026, 11, 23))] == [
        True,
        True,
        False,
        False,
    ]
