"""A second person decides what waits, and operators see what does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, cast
from uuid import UUID

import strawberry

from honeyguide.api import refusal
from honeyguide.api.context import Info
from honeyguide.api.keys import KEY_IN_WORDS, checked_key, checked_note
from honeyguide.api.operator.by_hand import hands_of
from honeyguide.api.refusal import said
from honeyguide.api.types.approval import Approval, ApprovalConnection, ApprovalEdge, ApprovalFailed
from honeyguide.api.types.converted import converted
from honeyguide.api.types.errors import ErrorCode, IdempotencyConflict
from honeyguide.api.types.page import After, Before, First, Last, cursor_of, given, moment, page_info, page_of
from honeyguide.api.types.refusals import TransactionRejected
from honeyguide.identity.second_approver import approval as core
from honeyguide.identity.second_approver import store
from honeyguide.identity.second_approver.decide import Decide, Decided, decide
from honeyguide.transactions.outcomes import Rejected

_KEY = (moment, UUID)
StateFilter = Annotated[core.ApprovalState | None, strawberry.argument(description="Only these.")]


def _request(value: Mapping[str, Any]) -> Decide:
    note = value.get("note")
    return Decide(
        idempotency_key=checked_key(value["idempotencyKey"]),
        approval_id=_id(value["approvalId"]),
        verdict=value["decision"],
        note=checked_note(note) if note else None,
    )


@converted(_request)
@strawberry.input(description="What a second person says to an act that waits.")
class ApproveInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    approval_id: strawberry.ID = strawberry.field(description="Which one.")
    decision: core.ApproveDecision = strawberry.field(description="What to do with it.")
    note: str | None = strawberry.field(default=strawberry.UNSET, description="Why, in words; nothing personal.")


@strawberry.type(description="It is decided; approved, it is carried out as well.")
class ApprovalDecided:
    approval: Approval = strawberry.field(description="With what became of it.")
    replayed: bool = strawberry.field(description="Whether this key had decided it before; then this is the first answer again.")


ApproveResult = Annotated[
    ApprovalDecided | ApprovalFailed | IdempotencyConflict | TransactionRejected,
    strawberry.union("ApproveResult", description="What became of a decision."),
]
Input = Annotated[ApproveInput, strawberry.argument(description="The decision.")]


async def approve(info: Info, input: Input) -> ApproveResult:
    context = info.context
    outcome = await decide(hands_of(context), cast(Decide, input))
    match outcome:
        case Decided(approval=approval, refusal=None, replayed=replayed):
            return ApprovalDecided(approval=Approval.of(approval, context.now), replayed=replayed)
        case Decided(approval=approval, refusal=Rejected(code=code, path=path, facts=facts)):
            return ApprovalFailed(**said(context, ErrorCode(code), path, **facts), approval=Approval.of(approval, context.now))
        case Rejected():
            return refusal.rejected(context, outcome)
    return refusal.idempotency_conflict(context)


async def approvals(
    info: Info,
    state: StateFilter = strawberry.UNSET,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> ApprovalConnection:
    context = info.context
    page = page_of(_KEY, given(first), given(after), given(last), given(before))
    pool, program_id = context.services.database.pool, context.caller.program_id
    found = await store.list_approvals(pool, program_id, given(state), page.section, context.now)
    rows, info_of_page = page_info(page, found, _key)
    edges = [ApprovalEdge(cursor=cursor_of(_key(row)), node=Approval.of(row, context.now)) for row in rows]
    return ApprovalConnection(edges=edges, page_info=info_of_page)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None


def _key(row: core.Approval) -> tuple[str, str]:
    return (row.asked_at.isoformat(), str(row.approval_id))
