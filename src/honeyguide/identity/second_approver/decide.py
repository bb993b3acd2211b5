"""A second person lets a proposed act happen, or refuses it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from honeyguide.audit import Act, Action, Subject, SubjectKind, actor_of, record
from honeyguide.database import Connection
from honeyguide.identity.second_approver import store
from honeyguide.identity.second_approver.approval import Approval, ApprovalState, ApproveDecision
from honeyguide.identity.second_approver.ask import note_refusal
from honeyguide.identity.second_approver.by_hand import finish
from honeyguide.identity.second_approver.carry_out import Hands, outcome_of, refused_before
from honeyguide.identity.second_approver.same_person import is_asker, is_person
from honeyguide.members.own_account import OWN_ACCOUNT, own_account
from honeyguide.till.claims import ClaimedBefore, claim_or_roll_back
from honeyguide.till.intent import Key
from honeyguide.transactions.outcomes import IdempotencyConflict, Rejected

OPERATION = "approve"


@dataclass(frozen=True, slots=True)
class Decide:
    """`approval_id` None: the client sent no id of ours."""

    idempotency_key: str
    approval_id: UUID | None
    verdict: ApproveDecision
    note: str | None


@dataclass(frozen=True, slots=True)
class Decided:
    """`refusal`: it was approved, and could not be carried out any more."""

    approval: Approval
    replayed: bool
    refusal: Rejected | None = None


class _Refused(Exception):
    def __init__(self, refusal: Rejected) -> None:
        self.refusal = refusal


async def decide(hands: Hands, request: Decide) -> Decided | Rejected | IdempotencyConflict:
    """The decision is kept in a commit of its own, then the act is carried out under its own key: whoever dies between finds it again."""
    key = hands.call.key(OPERATION, request)
    try:
        approval, replayed = await _decided(hands, request, key), False
    except ClaimedBefore as claimed:
        if not claimed.earlier.same_request or request.approval_id is None:
            return IdempotencyConflict()
        approval, replayed = await _known(hands, request.approval_id), True
    except _Refused as refused:
        subject = Subject(SubjectKind.APPROVAL, str(request.approval_id or "unknown"))
        await note_refusal(hands, subject, refused.refusal.code, OPERATION)
        return refused.refusal
    if approval.state is not ApprovalState.APPROVED:
        return Decided(approval, replayed)
    if approval.outcome is None:
        outcome = outcome_of(done := await finish(hands, approval))
        if outcome is None:
            return Rejected("RETRY_LATER", retry_after=getattr(done, "retry_after", None) or 2)
        approval = replace(approval, outcome=outcome)
    assert approval.outcome is not None
    return Decided(approval, replayed, refused_before(approval.outcome) if "refused" in approval.outcome else None)


async def _decided(hands: Hands, request: Decide, key: Key) -> Approval:
    """Raises _Refused, which leaves the key free, and ClaimedBefore."""
    call, now = hands.call, hands.call.now
    async with call.database.transaction() as connection:
        found = None if request.approval_id is None else await store.lock_approval(connection, call.program_id, request.approval_id)
        if found is None:
            raise _Refused(Rejected("NOT_FOUND", ("approvalId",)))
        await claim_or_roll_back(connection, call.program_id, [key], outcome={"approval": str(found.approval_id)}, now=now)
        refusal = await _refusal(connection, hands, found)
        if refusal is not None:
            raise _Refused(refusal)
        by, verdict = call.caller.subject, request.verdict
        await store.decide(connection, call.program_id, found.approval_id, verdict, by, now, request.note)
        await record(connection, _act(hands, found, verdict))
    state = ApprovalState.APPROVED if verdict is ApproveDecision.APPROVE else ApprovalState.DECLINED
    return replace(found, state=state, decided_by=by, decided_at=now, note=request.note)


async def _refusal(connection: Connection, hands: Hands, found: Approval) -> Rejected | None:
    caller, state = hands.call.caller, found.state_at(hands.call.now)
    if not is_person(caller):
        return Rejected("NOT_A_PERSON")
    if is_asker(hands.call.claims, caller, found):
        return Rejected("OWN_REQUEST", ("approvalId",))
    if await own_account(connection, caller, found.members):
        return Rejected(OWN_ACCOUNT, ("approvalId",))
    if state is ApprovalState.ENDED:
        return Rejected("APPROVAL_ENDED", ("approvalId",))
    return None if state is ApprovalState.WAITS else Rejected("ALREADY_DECIDED", ("approvalId",))


async def _known(hands: Hands, approval_id: UUID) -> Approval:
    found = await store.read_approval(hands.call.database.pool, hands.call.program_id, approval_id)
    assert found is not None  # its key was claimed with it
    return found


def _act(hands: Hands, found: Approval, verdict: ApproveDecision) -> Act:
    call = hands.call
    return Act(
        call.program_id,
        call.now,
        actor_of(call.caller),
        Action.APPROVE if verdict is ApproveDecision.APPROVE else Action.DECLINE,
        Subject(SubjectKind.APPROVAL, str(found.approval_id)),
        found.members,
        hands.request_id,
        found.approval_id,
        {"operation": str(found.operation)},
    )
