"""What Google's answers mean: too much, not allowed to wake anybody, taken, or refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from honeyguide.egress import Response
from honeyguide.wallet.google.outcomes import Refused, Retry, SendOutcome, Sent
from honeyguide.wallet.google.patch import Body

_WORD: Final = re.compile(r"[A-Za-z_]{1,64}")
_RATE: Final = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "RESOURCE_EXHAUSTED"})


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content: Mapping[str, Any]
    reason: str
    retry_after: timedelta | None


def is_rate(answer: Answer, body: Body | None) -> bool:
    """A 403 is for the rate, unless it is for the notification that this body asks for."""
    return answer.reason in _RATE and not (answer.reason == "quotaExceeded" and body is not None and _asks_to_notify(body))


def _asks_to_notify(body: Body) -> bool:
    return "notifyPreference" in body or body.get("message", {}).get("messageType") == "TEXT_AND_NOTIFY"


def is_quota(answer: Answer | Retry | Refused) -> bool:
    return isinstance(answer, Answer) and answer.status == 403 and answer.reason == "quotaExceeded"


def may_have_arrived(answer: Answer | Retry | Refused) -> bool:
    """A timeout or a failure inside Google may have woken the member all the same: it counts."""
    match answer:
        case Retry(unsent=unsent):
            return not unsent
        case Answer(status=status):
            return status == 200
        case Refused():
            return False


def sent(answer: Answer | Retry | Refused, *, notified: bool, within: str | None = None) -> SendOutcome:
    if not isinstance(answer, Answer):
        return answer
    if answer.status != 200:
        return Refused(answer.status, answer.reason)
    content = answer.content.get(within) if within else answer.content
    return Sent(bool(content.get("hasUsers")) if isinstance(content, dict) else None, notified)


def read(response: Response) -> Answer:
    try:
        content = response.json()
    except ValueError:
        content = {}
    if not isinstance(content, dict):
        content = {}
    seconds = response.headers.get("retry-after", "")
    retry_after = timedelta(seconds=min(int(seconds), 3600)) if seconds.isdigit() and len(seconds) < 9 else None
    return Answer(response.status, content, _reason(content, response.status), retry_after)


def _reason(content: Mapping[str, Any], status: int) -> str:
    """Google's word for an error: never its message, which quotes what we sent."""
    error = content.get("error")
    if isinstance(error, dict):
        details = error.get("errors")
        first = details[0].get("reason") if isinstance(details, list) and details and isinstance(details[0], dict) else None
        for word in (first, error.get("status")):
            if isinstance(word, str) and _WORD.fullmatch(word):
                return word
    return f"Status{status}"
