"""What the till answered, in the words of the use cases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from honeyguide.till.outcomes import KeyConflict, Outcome, Posted, ReferenceTaken, Refused, RetryLater
from honeyguide.transactions.outcomes import (
    AdjustOutcome,
    DuplicateReference,
    IdempotencyConflict,
    InsufficientBalance,
    MemberNotFound,
    Parked,
    PostOutcome,
    ProofRequired,
    RedeemOutcome,
    Rejected,
)

PARKED = "PARKED"


def answer_of(outcome: Outcome, amount: tuple[str, ...] = ("quantity",)) -> PostOutcome | RedeemOutcome | AdjustOutcome:
    """A use case narrows it to what its intent can decide; `amount` is the path of the field that may be too large."""
    match outcome:
        case Posted():
            return outcome
        case KeyConflict():
            return IdempotencyConflict()
        case ReferenceTaken(recorded=None, outcome=parked):
            return parked_again(parked or {})
        case ReferenceTaken(recorded=recorded) if recorded is not None:
            return DuplicateReference(recorded)
        case RetryLater(after_seconds=seconds):
            return Rejected("RETRY_LATER", retry_after=seconds)
        case Refused(code=code, data=data):
            return _refusal(code, data, amount)
    raise AssertionError(f"the till answered {outcome!r}")


def parked_again(outcome: Mapping[str, Any]) -> Parked:
    data = outcome.get("data", {})
    return Parked(data.get("reference", ""), data.get("reason", ""), replayed=True)


def _refusal(code: str, data: Mapping[str, Any], amount: tuple[str, ...]) -> PostOutcome | RedeemOutcome | AdjustOutcome:
    if code == PARKED:
        return parked_again({"data": data})
    match code:
        case "MEMBER_NOT_FOUND":
            return MemberNotFound()
        case "INSUFFICIENT_BALANCE":
            return InsufficientBalance(data["unit"], data["asked"], data["available"])
        case "PROOF_REQUIRED":
            return ProofRequired(tuple(data["accepts"]))
        case "LIMIT_EXCEEDED":
            return Rejected(code, tuple(data.get("path", amount)))
    return Rejected(code, tuple(data.get("path", ())))
