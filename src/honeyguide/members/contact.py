"""Whether a person may be written to now (R57): by consent, and not in the quiet hours; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from honeyguide.programs.quiet_hours import QuietHours


@dataclass(frozen=True, slots=True)
class Consent:
    """One yes or no; `source`: APP, PAGE, PARTNER:<partner id>, OPERATOR, GUARDIAN; `text_version` of the words that were shown."""

    purpose: str
    given: bool
    at: datetime
    source: str
    text_version: int


@dataclass(frozen=True, slots=True)
class Quiet:
    """Somebody's quiet hours by the clock on his wall."""

    hours: QuietHours | None
    zone: ZoneInfo

    def ends(self, now: datetime) -> datetime | None:
        """The moment from which somebody may be woken; None where it is not quiet."""
        return self.hours.ends(self.zone, now) if self.hours is not None else None


@dataclass(frozen=True, slots=True)
class NoConsent:
    """Not now and not later."""


@dataclass(frozen=True, slots=True)
class NotBefore:
    """It is quiet; from this moment on one may ask again."""

    at: datetime


def in_force(consents: Iterable[Consent]) -> dict[str, Consent]:
    """The newest of each purpose, of consents in the order in which they were said."""
    return {consent.purpose: consent for consent in consents}


def may_contact(consents: Mapping[str, Consent], purpose: str, quiet: Quiet, now: datetime) -> NoConsent | NotBefore | None:
    """What stands against it, None where nothing does. Who never answered has not consented."""
    consent = consents.get(purpose)
    if consent is None or not consent.given:
        return NoConsent()
    ends = quiet.ends(now)
    return NotBefore(ends) if ends is not None else None
