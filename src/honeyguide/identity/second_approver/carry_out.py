"""Hands a request of the operator to its use case, and reads out of the answer what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast
from uuid import UUID

from honeyguide.audit import actor_of
from honeyguide.caller import Audience, Caller
from honeyguide.identity.second_approver.approval import Approval, Waits
from honeyguide.identity.second_approver.requests import ApplyFile, Request, restored
from honeyguide.members.call import Call
from honeyguide.members.erase_member import EraseMember, Forget, erase_member
from honeyguide.members.merge_members import MergeRequest, merge_members
from honeyguide.programs.apply_once import AppliedBefore, ApplyOutcome, FileWaits, apply_once
from honeyguide.programs.apply_program import ProgramChanged
from honeyguide.programs.current import Applied, Programs
from honeyguide.programs.findings import ProgramInvalid
from honeyguide.programs.program import Program
from honeyguide.till.intent import Key
from honeyguide.till.outcomes import KeyConflict, Outcome, Posted, Refused
from honeyguide.transactions import outcomes
from honeyguide.transactions.adjust_account import adjust_account
from honeyguide.transactions.answers import answer_of
from honeyguide.transactions.assign_tier import AssignTier, assign_tier
from honeyguide.transactions.requests import AdjustRequest
from honeyguide.transactions.transfer_points import TransferRequest, transfer_points

Done = outcomes.AdjustOutcome | ApplyOutcome
Answer = Done | Waits | outcomes.LimitExceeded


@dataclass(frozen=True, slots=True)
class Hands:
    """One call of an operator, with what its use cases need beside it."""

    call: Call
    programs: Programs
    forget: tuple[Forget, ...]
    request_id: str | None = None


async def carry_out(hands: Hands, request: Request, key: Key, waits: Callable[[Program], bool] = lambda _: False) -> Done:
    """Under that key, whatever the request says it is; `waits` is asked about a program file."""
    call = replace(hands.call, under=key)
    match request:
        case AdjustRequest():
            return await adjust_account(call, request)
        case TransferRequest():
            return await transfer_points(call, request)
        case MergeRequest():
            return told(await merge_members(call, request))
        case AssignTier():
            return await assign_tier(call, request)
        case EraseMember():
            return told(await erase_member(call, request, hands.forget))
    return await _apply(hands, request, key, waits)


async def carry_out_approved(hands: Hands, approval: Approval) -> Done:
    """Exactly what was asked for, in the name of who asked, under the key of that request: so once, whoever tries."""
    asker = Caller(Audience.OPERATOR, hands.call.program_id, approval.asked_by)
    by = {"approval": str(approval.approval_id), "approved_by": approval.decided_by or ""}
    theirs = replace(hands, call=replace(hands.call, caller=asker, approval=by))
    key = Key(asker.scope, approval.key, approval.request_hash)
    return await carry_out(theirs, restored(approval.operation, approval.request, approval.key), key)


def told(outcome: Outcome) -> outcomes.AdjustOutcome:
    """The till's answer in the words of the use cases, with the input field that names nobody."""
    if isinstance(outcome, Refused) and outcome.code == "MEMBER_NOT_FOUND":
        return outcomes.MemberNotFound(tuple(outcome.data.get("path", ("member",))))
    return cast(outcomes.AdjustOutcome, answer_of(outcome))


def outcome_of(done: Answer) -> dict[str, Any] | None:
    """What an approval keeps of it: transaction and member, version, or a refusal; None where nobody knows yet."""
    match done:
        case Posted(recorded=recorded):
            return {"transaction": str(recorded.transaction_id), "member": str(recorded.member_id)}
        case Applied(version=version) | AppliedBefore(version=version):
            return {"version": version}
        case outcomes.Rejected(code="RETRY_LATER") | Waits() | FileWaits():
            return None
        case outcomes.MemberNotFound(path=path):
            return _refused("MEMBER_NOT_FOUND", path)
        case outcomes.InsufficientBalance(path=path):
            return _refused("INSUFFICIENT_BALANCE", path, unit=done.unit, asked=done.asked, available=done.available)
        case outcomes.Rejected(code=code, path=path, facts=facts):
            return _refused(code, path, **facts)
        case ProgramChanged(version=version):
            return _refused("ALREADY_EXISTS", ("expectedVersion",), version=version)
        case ProgramInvalid():
            return _refused("INVALID_PROGRAM", ("source",))
        case KeyConflict() | outcomes.IdempotencyConflict():
            return _refused("IDEMPOTENCY_CONFLICT", ("idempotencyKey",))
    return _refused("NOT_ALLOWED", ())


def refused_before(outcome: Mapping[str, Any]) -> outcomes.Rejected:
    return outcomes.Rejected(outcome["refused"], tuple(outcome["path"]), facts=dict(outcome["facts"]))


def _refused(code: str, path: tuple[str, ...], **facts: Any) -> dict[str, Any]:
    return {"refused": code, "path": list(path), "facts": facts}


async def _apply(hands: Hands, file: ApplyFile, key: Key, waits: Callable[[Program], bool]) -> ApplyOutcome:
    call = hands.call
    approval = call.approval.get("approval")
    outcome = await apply_once(
        call.database,
        call.program_id,
        key,
        source=file.source,
        expected_version=file.expected_version,
        applied_by=actor_of(call.caller),
        approval_id=UUID(approval) if approval else None,
        waits=waits,
        now=call.now,
    )
    if isinstance(outcome, Applied):
        await hands.programs.refresh()
    return outcome
