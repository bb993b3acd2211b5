"""A member answers a till that asked for approval: the hold may be captured, or is given back (R51)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from uuid_utils.compat import uuid7

from honeyguide.ledger.books import read_transaction
from honeyguide.ledger.recorded import Recorded, TransactionKind
from honeyguide.members.call import Call
from honeyguide.members.households import membership
from honeyguide.till.first_answer import first_answer
from honeyguide.till.outcomes import Outcome, Refused
from honeyguide.transactions.approval_intent import ApproveIntent, DeclineIntent

OPERATION = "approveRedemption"


class ApprovalDecision(StrEnum):
    APPROVE = "APPROVE"
    DECLINE = "DECLINE"


@dataclass(frozen=True, slots=True)
class ApproveRequest:
    """`books_id`: the member whose points are pinned, or the pool of his household."""

    idempotency_key: str
    hold_id: UUID
    books_id: UUID
    decision: ApprovalDecision


async def approve_redemption(call: Call, request: ApproveRequest) -> Outcome:
    """Answered by the APPROVAL or the VOID; another's hold is told from none by nothing."""
    key = call.key(OPERATION, request)
    authorization = await _asked_of(call, request)
    if authorization is None:
        first = await first_answer(call.database.pool, call.program_id, key)  # a retry of who left the household since
        return first or Refused("NOT_FOUND", {"path": ["holdId"]}, replayed=False)
    if request.decision is ApprovalDecision.APPROVE:
        return await call.till.submit(ApproveIntent(call.applied, uuid7(), key, authorization, call.now))
    day = call.applied.program.local_day(call.now).isoformat()
    return await call.till.submit(DeclineIntent(call.applied, uuid7(), key, authorization, call.now, day=day))


async def _asked_of(call: Call, request: ApproveRequest) -> Recorded | None:
    """What placed the hold, where the caller is who redeems by it: of a pool only who may redeem from it still."""
    pool, caller = call.database.pool, call.caller.member_id
    if request.books_id != caller:
        mine = await membership(pool, call.program_id, caller)
        if mine is None or mine.household_id != request.books_id or not mine.may_burn:
            return None
    recorded = await read_transaction(pool, call.program_id, request.books_id, request.hold_id)
    if recorded is None or recorded.kind is not TransactionKind.AUTHORIZATION:
        return None
    return recorded if UUID(recorded.detail.get("by_member") or str(recorded.member_id)) == caller else None
