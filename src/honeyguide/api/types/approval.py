"""An act of an operator that waits for a second person, as operators see it; it names members by their ids only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from honeyguide.api.types.described import described
from honeyguide.api.types.errors import ErrorCode, UserError
from honeyguide.api.types.lists import list_field
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.api.types.page import PageInfo
from honeyguide.identity.second_approver import approval as core
from honeyguide.members.lookup import LookupKind

described(
    "What can wait for a second person.",
    ADJUST_ACCOUNT="adjustAccount.",
    TRANSFER_POINTS="transferPoints.",
    MERGE_MEMBERS="mergeMembers.",
    ASSIGN_TIER="assignTier.",
    ERASE_MEMBER="eraseMember.",
    APPLY_PROGRAM="applyProgram.",
)(core.ApprovalOperation)
described(
    "What became of an act that waited.",
    WAITS="Nobody has decided yet.",
    APPROVED="A second person let it happen.",
    DECLINED="A second person refused it.",
    ENDED="Nobody decided in time; it has to be asked for again, under another key.",
)(core.ApprovalState)
described("What a second person says.", APPROVE="Let it happen.", DECLINE="Refuse it for good.")(core.ApproveDecision)

# By the name of a request's field: that of the mutation's input.
_NAMES = {"giver": "from", "receiver": "to", "expires_on": "expiresOn", "keep_higher_tier": "keepHigherTier", "member_id": "member"}
_NAMES |= {"expected_version": "expectedVersion"}


@strawberry.type(description="A field of what will be done.")
class ApprovalFact:
    name: str = strawberry.field(description="The field of the mutation's input.")
    value: str = strawberry.field(description="What was asked for; of a member the id.")


@strawberry.type(description="An act over a limit, which waits for a second person or waited for one.")
class Approval:
    id: strawberry.ID = strawberry.field(description="Names it to `approve`, and in the audit trail.")
    operation: core.ApprovalOperation = strawberry.field(description="What is to be done.")
    request: list[ApprovalFact] = list_field("Exactly what is to be done.", 30)
    members: list[strawberry.ID] = list_field("To whose memberships.", 10)
    state: core.ApprovalState = strawberry.field(description="What became of it.")
    asked_by: str = strawberry.field(description="Who asked for it.")
    asked_at: datetime = strawberry.field(description="When.")
    ends_at: datetime = strawberry.field(description="Until when somebody may decide.")
    decided_by: str | None = strawberry.field(description="Who decided.")
    decided_at: datetime | None = strawberry.field(description="When.")
    note: str | None = strawberry.field(description="Why, in the words of who decided.")
    transaction: strawberry.ID | None = strawberry.field(description="What it is in the books, once it is carried out.")
    version: int | None = strawberry.field(description="The version of the program, once the file is in force.")
    refused: ErrorCode | None = strawberry.field(description="Why it could not be carried out any more after it was approved.")

    @classmethod
    def of(cls, approval: core.Approval, now: datetime) -> Approval:
        outcome = approval.outcome or {}
        posted = NodeId(NodeKind.TRANSACTION, UUID(outcome["transaction"]), UUID(outcome["member"])) if "transaction" in outcome else None
        return cls(
            id=strawberry.ID(str(approval.approval_id)),
            operation=approval.operation,
            request=list(_facts(approval.request)),
            members=[_member(one) for one in approval.members],
            state=approval.state_at(now),
            asked_by=approval.asked_by,
            asked_at=approval.asked_at,
            ends_at=approval.ends_at,
            decided_by=approval.decided_by,
            decided_at=approval.decided_at,
            note=approval.note,
            transaction=strawberry.ID(str(posted)) if posted else None,
            version=outcome.get("version"),
            refused=ErrorCode(outcome["refused"]) if "refused" in outcome else None,
        )


@strawberry.type(description="It is over a limit of the program, so nothing happened yet: a second person has to approve it.")
class AwaitsApproval:
    approval: Approval = strawberry.field(description="What waits.")
    replayed: bool = strawberry.field(description="Whether this key had asked for it before.")


@strawberry.type(description="It was approved, and could not be carried out any more; the code says why. Nothing happened.")
class ApprovalFailed(UserError):
    approval: Approval = strawberry.field(description="What was approved.")


@strawberry.type(description="An approval in a list.")
class ApprovalEdge:
    cursor: str = strawberry.field(description="Where it stands in the list.")
    node: Approval = strawberry.field(description="The approval.")


@strawberry.type(description="A page of approvals.")
class ApprovalConnection:
    edges: list[ApprovalEdge] = strawberry.field(description="The approvals of this page.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")


def _facts(request: Mapping[str, Any]) -> Iterator[ApprovalFact]:
    for name, value in request.items():
        if value is None:
            continue
        is_member = name == "member_id" or (isinstance(value, Mapping) and value.get("kind") == LookupKind.ID)
        text = _member(UUID(value["value"] if isinstance(value, Mapping) else value)) if is_member else value
        yield ApprovalFact(name=_NAMES.get(name, name), value=str(text).lower() if isinstance(text, bool) else str(text))


def _member(member_id: UUID) -> strawberry.ID:
    return strawberry.ID(str(NodeId(NodeKind.MEMBER, member_id)))
