"""Whether a person may be written to now: by what the person said last, and by the clock on the person's wall (R57)."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honeyguide.members.contact import Consent, NoConsent, NotBefore, Quiet, in_force, may_contact
from honeyguide.members.display_name import LONGEST_NAME, checked_name
from honeyguide.programs.quiet_hours import QuietHours

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NIGHT = QuietHours(time(21), time(8))
AWAKE, ASLEEP = Quiet(NIGHT, ZoneInfo("Europe/Berlin")), Quiet(NIGHT, ZoneInfo("Asia/Tokyo"))  # 13:00 and 21:00


def said(given: bool, purpose: str = "newsletter") -> Consent:
    return Consent(purpose, given, NOON, "APP", 1)


@pytest.mark.parametrize(
    ("consents", "quiet", "against"),
    [
        ([], AWAKE, NoConsent()),
        ([said(True, "profiling")], AWAKE, NoConsent()),
        ([said(True)], AWAKE, None),
        ([said(True), said(False)], AWAKE, NoConsent()),
        ([said(False), said(True)], AWAKE, None),
        ([said(True)], ASLEEP, NotBefore(datetime(2026, 11, 22, 23, tzinfo=UTC))),
        ([said(False)], ASLEEP, NoConsent()),
        ([said(True)], Quiet(None, ZoneInfo("Asia/Tokyo")), None),
    ],
)
def test_r57_nobody_is_written_to_without_consent_or_in_quiet_hours(consents: list[Consent], quiet: Quiet, against: object) -> None:
    assert may_contact(in_force(consents), "newsletter", quiet, NOON) == against


@given(
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - the strategy adds the zone
    st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia"]),
)
def test_quiet_hours_end_later_within_a_day_and_then_it_is_quiet_no_more(begin: time, until: time, now: datetime, zone: str) -> None:
    quiet = Quiet(QuietHours(begin, until), ZoneInfo(zone))

    ends = quiet.ends(now)

    if ends is not None:
        assert now < ends or begin != until  # a clock that is set back may say the end twice
        assert (ends - now).total_seconds() <= 26 * 3600
        assert begin == until or quiet.ends(ends) is None or begin == ends.astimezone(ZoneInfo(zone)).time()


@given(st.text())
def test_a_name_that_is_taken_is_short_seen_and_taken_again_as_it_is(text: str) -> None:
    name = checked_name(text)

    if name is not None:
        assert 1 <= len(name) <= LONGEST_NAME
        assert not any(ord(one) < 32 or one in "\u202a\u202e\u2066\u200e\ufeff" for one in name)
        assert checked_name(name) == name
