"""What the till answered, in the words of the use cases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from honeyguide.till.outcomes import KeyConflict, Outcome, Posted, ReferenceTaken, Refused, RetryLater
from honeyguide.transactions.most import most_in
from honeyguide.transactions.outcomes import (
    AdjustOutcome,
    DuplicateReference,
    IdempotencyConflict,
    InsufficientBalance,
    LimitExceeded,
    MemberNotFound,
    Parked,
    PostOutcome,
    ProofRequired,
    RedeemOutcome,
    Rejected,
)

PARKED = "PARKED"
REJECTED_BY_REVIEW = "REJECTED_BY_REVIEW"


def answer_of(outcome: Outcome, amount: tuple[str, ...] = ("quantity",)) -> PostOutcome | RedeemOutcome | AdjustOutcome:
    """A use case narrows it to what its intent can decide; `amount` is the path of the field that may be too large."""
    match outcome:
        case Posted():
            return outcome
        case KeyConflict():
            return IdempotencyConflict()
        case ReferenceTaken(recorded=None, outcome=other):
            return _unposted(other or {})
        case ReferenceTaken(recorded=recorded) if recorded is not None:
            return DuplicateReference(recorded)
        case RetryLater(after_seconds=seconds):
            return Rejected("RETRY_LATER", retry_after=seconds)
        case Refused(code=code, data=data):
            return _refusal(code, data, amount)
    raise AssertionError(f"the till answered {outcome!r}")


def parked_again(outcome: Mapping[str, Any]) -> Parked:
    data = outcome.get("data", {})
    parked = (UUID(data["member"]), UUID(data["parked"])) if "member" in data else None
    return Parked(data.get("reference", ""), data.get("reason", ""), replayed=True, parked=parked)


def _unposted(outcome: Mapping[str, Any]) -> Parked | Rejected:
    """A reference that somebody holds without a transaction: it is parked, or was and is no more."""
    code = outcome.get("code", PARKED)
    return Rejected(code, ("reference",)) if code == REJECTED_BY_REVIEW else parked_again(outcome)


def _refusal(code: str, data: Mapping[str, Any], amount: tuple[str, ...]) -> PostOutcome | RedeemOutcome | AdjustOutcome:
    if code == PARKED:
        return parked_again({"data": data})
    match code:
        case "MEMBER_NOT_FOUND":
            return MemberNotFound()
        case "INSUFFICIENT_BALANCE":
            return InsufficientBalance(data["unit"], data["asked"], data["available"])
        case "PROOF_REQUIRED":
            return ProofRequired(tuple(data["accepts"]), tuple(data.get("path", ("member",))))
        case "LIMIT_EXCEEDED" if "limit" in data:
            return _limit_exceeded(data)
        case "LIMIT_EXCEEDED":
            return Rejected(code, tuple(data.get("path", amount)))
    return Rejected(code, tuple(data.get("path", ())), facts=most_in(data))


def _limit_exceeded(data: Mapping[str, Any]) -> LimitExceeded:
    """A limit that somebody set; without a name it is that of the largest number there is."""
    resets_at = data["resets_at"]
    facts = {name: value for name, value in data.items() if name not in ("limit", "resets_at", "path")}
    return LimitExceeded(
        data["limit"], datetime.fromisoformat(resets_at) if resets_at else None, tuple(data.get("path", ("quantity",))), facts
    )
