"""The business date is the day on the shop's wall calendar."""

from datetime import UTC, date, datetime

from honeyguide.coalition.business_date import business_date


def test_the_locations_time_zone_comes_before_the_programs() -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)

    assert business_date(late, None, "UTC") == date(2026, 11, 22)
    assert business_date(late, None, "Europe/Berlin") == date(2026, 11, 23)
    assert business_date(late, "America/New_York", "Europe/Berlin") == date(2026, 11, 22)
