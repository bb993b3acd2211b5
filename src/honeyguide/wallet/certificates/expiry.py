"""When to warn of a certificate's end: 60, 30, 14, 7 and 1 days before, once each (A8); pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

WARNED_AT = (60, 30, 14, 7, 1)  # days


class CertificateUse(StrEnum):
    """What a certificate is for; the one that signs also opens the way to the push service (N3)."""

    SIGNING = "signing"
    PUSH = "push"
    INTERMEDIATE = "intermediate"


class CertificateStanding(StrEnum):
    """`SPARE`: valid, and another one is newer."""

    NOT_YET_VALID = "not_yet_valid"
    IN_USE = "in_use"
    SPARE = "spare"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class End:
    """Until when one use of a pass type goes on, by the certificate that lasts longest."""

    pass_type: str
    use: CertificateUse
    at: datetime


def days_left(end: datetime, now: datetime) -> int:
    """Whole days, below zero once it has ended."""
    return (end - now) // timedelta(days=1)


def reached(end: datetime, now: datetime) -> int | None:
    """The tightest threshold that has been reached, 0 once it has ended; None while there is time."""
    if end <= now:
        return 0
    return min((days for days in WARNED_AT if end - now <= timedelta(days=days)), default=None)


class Warned:
    """What was warned of already: a threshold is told once, and again only for another certificate."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, CertificateUse, datetime], int] = {}

    def due(self, end: End, now: datetime) -> int | None:
        """The threshold to warn of now; None where it was told, or there is time. A process that starts late tells the tightest one."""
        threshold = reached(end.at, now)
        key = (end.pass_type, end.use, end.at)
        if threshold is None or self._told.get(key, WARNED_AT[0] + 1) <= threshold:
            return None
        self._told = {one: days for one, days in self._told.items() if one[:2] != key[:2]} | {key: threshold}
        return threshold
