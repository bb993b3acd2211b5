"""What APNs' answer to a push means for the phone's registration (N6); pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from honeyguide.wallet.apple.push_reply import Answer, Reply, Reset, Unanswered

_REASON = re.compile(r"[A-Za-z]{1,64}")
# Apple's own words, "Handling notification responses from APNs"; metrics know no others.
REASONS: Final = frozenset({
    "BadCollapseId", "BadDeviceToken", "BadExpirationDate", "BadMessageId", "BadPriority", "BadTopic", "DeviceTokenNotForTopic",
    "DuplicateHeaders", "IdleTimeout", "InvalidPushType", "MissingDeviceToken", "MissingTopic", "PayloadEmpty", "TopicDisallowed",
    "BadCertificate", "BadCertificateEnvironment", "ExpiredProviderToken", "Forbidden", "InvalidProviderToken", "MissingProviderToken",
    "UnrelatedKeyIdInToken", "BadEnvironmentKeyIdInToken", "BadPath", "MethodNotAllowed", "ExpiredToken", "Unregistered",
    "PayloadTooLarge", "TooManyProviderTokenUpdates", "TooManyRequests", "InternalServerError", "ServiceUnavailable", "Shutdown",
    "NoCertificateForTopic",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Delivered:
    """APNs took it."""


@dataclass(frozen=True, slots=True)
class Unregistered:
    """The token is dead since `timestamp`; delete its registrations that were not renewed later (N6)."""

    timestamp: datetime | None


@dataclass(frozen=True, slots=True)
class BadToken:
    """No push token at all: delete it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Our fault or our certificate's: raise an alarm, keep the registration."""

    reason: str


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again later, after `after` when APNs named a time."""

    reason: str
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Down:
    """There is no connection for this pass type now, and nothing was sent: no phone of it need be tried for `after`."""

    reason: str
    after: timedelta


PushOutcome = Delivered | Unregistered | BadToken | Refused | Retry | Down


def outcome_of(reply: Reply) -> PushOutcome:
    """What APNs' answer means for the registration (N6)."""
    match reply:
        case Unanswered():
            return Retry("ConnectionLost")
        case Reset(code=code):
            return Retry(f"StreamReset{code}")
        case Answer(status=200):
            return Delivered()
        case Answer(status=410):
            return Unregistered(_timestamp(_read(reply.body).get("timestamp")))
        case Answer(status=status) if status == 429 or status >= 500 or status < 200:
            return Retry(_reason(reply), _retry_after(reply.headers.get("retry-after", "")))
        case Answer():
            reason = _reason(reply)
            return BadToken() if reason == "BadDeviceToken" else Refused(reason)


def _reason(reply: Answer) -> str:
    """APNs' word for it, when it is one of Apple's kind of words; nothing else from outside gets into logs and labels."""
    reason = _read(reply.body).get("reason")
    return reason if isinstance(reason, str) and _REASON.fullmatch(reason) else f"Status{reply.status}"


def _read(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _timestamp(milliseconds: object) -> datetime | None:
    if isinstance(milliseconds, int) and not isinstance(milliseconds, bool) and 0 < milliseconds < 253_402_300_800_000:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    return None


def _retry_after(seconds: str) -> timedelta | None:
    return timedelta(seconds=min(int(seconds), 3600)) if seconds.isdigit() and len(seconds) < 9 else None
