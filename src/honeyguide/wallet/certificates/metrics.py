"""What Prometheus is told of certificates; pass types come from the operator's own certificates, never from a client."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from prometheus_client import Counter, Gauge

from honeyguide.wallet.certificates.expiry import End

EXPIRES = Gauge(
    "honeyguide_certificate_expires_timestamp_seconds", "When the last certificate of a pass type ends for a use.", ["pass_type", "use"]
)
LEFT = Gauge("honeyguide_certificate_left_seconds", "How long that is from now; below zero once it has ended.", ["pass_type", "use"])
WARNINGS = Counter(
    "honeyguide_certificate_warnings_total", "Warnings of a certificate's end, by the days before it.", ["pass_type", "use", "days"]
)


def observe(ends: Iterable[End], now: datetime) -> None:
    """Set both gauges; those of certificates that are gone go, too."""
    EXPIRES.clear()
    LEFT.clear()
    for end in ends:
        EXPIRES.labels(end.pass_type, end.use).set(end.at.timestamp())
        LEFT.labels(end.pass_type, end.use).set((end.at - now).total_seconds())
