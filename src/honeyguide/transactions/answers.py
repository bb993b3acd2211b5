"""What the till answered, in the words of a post."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from honeyguide.till.outcomes import KeyConflict, Outcome, Posted, ReferenceTaken, Refused, RetryLater
from honeyguide.transactions.outcomes import DuplicateReference, IdempotencyConflict, MemberNotFound, Parked, PostOutcome, Rejected

PARKED = "PARKED"


def answer_of(outcome: Outcome, reference: str) -> PostOutcome:
    match outcome:
        case Posted():
            return outcome
        case KeyConflict():
            return IdempotencyConflict()
        case ReferenceTaken(recorded=None, outcome=parked):
            return parked_again(reference, parked or {})
        case ReferenceTaken(recorded=recorded) if recorded is not None:
            return DuplicateReference(recorded)
        case RetryLater(after_seconds=seconds):
            return Rejected("RETRY_LATER", retry_after=seconds)
        case Refused(code=code, data=data) if code == PARKED:
            return parked_again(reference, {"data": data})
        case Refused(code="MEMBER_NOT_FOUND"):
            return MemberNotFound()
        case Refused(code="LIMIT_EXCEEDED"):
            return Rejected("LIMIT_EXCEEDED", ("amount", "amount"))
        case Refused(code=code):
            return Rejected(code)
    raise AssertionError(f"the till answered {outcome!r}")


def parked_again(reference: str, outcome: Mapping[str, Any]) -> Parked:
    return Parked(reference, outcome.get("data", {}).get("reason", ""), replayed=True)
