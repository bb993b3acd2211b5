"""What can be asked for by hand, with its members named by id, as an approval keeps it and as it is carried out again; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from honeyguide.identity.second_approver.approval import ApprovalOperation
from honeyguide.members.erase_member import EraseMember
from honeyguide.members.lookup import LookupKind, MemberLookup
from honeyguide.members.merge_members import MergeRequest
from honeyguide.transactions.assign_tier import AssignTier
from honeyguide.transactions.requests import AdjustRequest
from honeyguide.transactions.transfer_points import TransferRequest


@dataclass(frozen=True, slots=True)
class ApplyFile:
    idempotency_key: str
    source: str
    expected_version: int


Request = AdjustRequest | TransferRequest | MergeRequest | AssignTier | EraseMember | ApplyFile

_OPERATIONS: Mapping[type[Any], ApprovalOperation] = {
    AdjustRequest: ApprovalOperation.ADJUST_ACCOUNT,
    TransferRequest: ApprovalOperation.TRANSFER_POINTS,
    MergeRequest: ApprovalOperation.MERGE_MEMBERS,
    AssignTier: ApprovalOperation.ASSIGN_TIER,
    EraseMember: ApprovalOperation.ERASE_MEMBER,
    ApplyFile: ApprovalOperation.APPLY_PROGRAM,
}
_ADAPTERS: Mapping[ApprovalOperation, TypeAdapter[Any]] = {operation: TypeAdapter(kind) for kind, operation in _OPERATIONS.items()}


def operation_of(request: Request) -> ApprovalOperation:
    return _OPERATIONS[type(request)]


def lookups_of(request: Request) -> dict[str, MemberLookup]:
    """Who is meant, by the input field that says so."""
    match request:
        case AdjustRequest() | AssignTier():
            return {"member": request.member}
        case TransferRequest():
            return {"from": request.giver, "to": request.receiver}
        case MergeRequest():
            return {"source": request.source, "target": request.target}
        case EraseMember():
            return {"member": _by_id(request.member_id)}
    return {}


def named_by_id(request: Request, members: Mapping[str, UUID]) -> Request:
    """The same about these members, whatever their lookups name by then."""
    match request:
        case AdjustRequest() | AssignTier():
            return replace(request, member=_by_id(members["member"]))
        case TransferRequest():
            return replace(request, giver=_by_id(members["from"]), receiver=_by_id(members["to"]))
        case MergeRequest():
            return replace(request, source=_by_id(members["source"]), target=_by_id(members["target"]))
    return request


def stored(request: Request) -> dict[str, Any]:
    """As plain JSON, without its key."""
    plain: dict[str, Any] = _ADAPTERS[operation_of(request)].dump_python(request, mode="json", exclude={"idempotency_key"})
    return plain


def restored(operation: ApprovalOperation, request: Mapping[str, Any], idempotency_key: str) -> Request:
    read: Request = _ADAPTERS[operation].validate_python({**request, "idempotency_key": idempotency_key})
    return read


def _by_id(member_id: UUID) -> MemberLookup:
    return MemberLookup(LookupKind.ID, str(member_id))
