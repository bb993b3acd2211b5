"""When an operator is warned of a certificate's end (A8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from honeyguide.wallet.certificates.expiry import CertificateUse, End, Warned, days_left, reached

END = datetime(2027, 3, 28, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "threshold"),
    [
        (timedelta(days=60, seconds=1), None),
        (timedelta(days=60), 60),
        (timedelta(days=30, seconds=1), 60),
        (timedelta(days=30), 30),
        (timedelta(days=14), 14),
        (timedelta(days=7), 7),
        (timedelta(days=1), 1),
        (timedelta(seconds=1), 1),
        (timedelta(0), 0),
        (timedelta(days=-9), 0),
    ],
)
def test_a_warning_is_due_60_30_14_7_and_1_days_before(before: timedelta, threshold: int | None) -> None:
    assert reached(END, END - before) == threshold


def test_each_warning_is_told_once_and_anew_for_another_certificate() -> None:
    """A8: whoever looks every two seconds for two months is told six times."""
    warned, told = Warned(), []
    for hour in range(24 * 62):
        now = END - timedelta(days=61) + timedelta(hours=hour)
        told += [warned.due(End("pass.a", CertificateUse.SIGNING, END), now), warned.due(End("pass.a", CertificateUse.SIGNING, END), now)]

    assert [days for days in told if days is not None] == [60, 30, 14, 7, 1, 0]
    assert warned.due(End("pass.a", CertificateUse.PUSH, END), END) == 0
    renewed = End("pass.a", CertificateUse.SIGNING, END + timedelta(days=365))
    assert warned.due(renewed, END) is None
    assert warned.due(renewed, END + timedelta(days=340)) == 30


def test_a_process_that_starts_late_tells_the_tightest_warning_only() -> None:
    warned, now = Warned(), END - timedelta(days=5)

    assert [warned.due(End("pass.a", CertificateUse.SIGNING, END), now) for _ in range(2)] == [7, None]


def test_whole_days_are_left() -> None:
    assert [days_left(END, END - timedelta(hours=hours)) for hours in (49, 47, 1, -1)] == [2, 1, 0, -1]
