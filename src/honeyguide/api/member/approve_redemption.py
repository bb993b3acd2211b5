"""A member answers a till that asked for approval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, cast

import strawberry

from honeyguide.api import refusal
from honeyguide.api.context import Info
from honeyguide.api.keys import KEY_IN_WORDS, checked_key
from honeyguide.api.types.converted import converted
from honeyguide.api.types.described import described
from honeyguide.api.types.errors import IdempotencyConflict
from honeyguide.api.types.hold import Hold, hold_told
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.api.types.refusals import TransactionRejected
from honeyguide.ledger.holds import HoldState
from honeyguide.ledger.recorded import TransactionKind
from honeyguide.till.outcomes import Posted
from honeyguide.transactions import approve_redemption as use_case

described(
    "What a member answers.",
    APPROVE="The shop may take what is reserved.",
    DECLINE="It is given back, and this partner does not ask again today.",
)(use_case.ApprovalDecision)


def _request(value: Mapping[str, Any]) -> use_case.ApproveRequest:
    named = NodeId.of_kind(NodeKind.HOLD, value["holdId"])
    assert named.member_id is not None  # a hold's id names its books
    return use_case.ApproveRequest(checked_key(value["idempotencyKey"]), named.key, named.member_id, value["decision"])


@converted(_request)
@strawberry.input(description="A reservation that waits, and the member's answer.")
class ApproveRedemptionInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    hold_id: strawberry.ID = strawberry.field(description="As `me { approvals }` names it.")
    decision: use_case.ApprovalDecision = strawberry.field(description="Whether the shop may take it.")


@strawberry.type(description="The member answered.")
class RedemptionAnswered:
    hold: Hold = strawberry.field(description="The reservation: approved, or given back.")
    replayed: bool = strawberry.field(description="Whether this key had answered it before; then this is the first answer again.")


ApproveRedemptionResult = Annotated[
    RedemptionAnswered | IdempotencyConflict | TransactionRejected,
    strawberry.union("ApproveRedemptionResult", description="What became of approveRedemption."),
]
Input = Annotated[ApproveRedemptionInput, strawberry.argument(description="The answer.")]


async def approve_redemption(info: Info, input: Input) -> ApproveRedemptionResult:
    context = info.context
    outcome = await use_case.approve_redemption(context.call, cast(use_case.ApproveRequest, input))
    if not isinstance(outcome, Posted):
        return cast(IdempotencyConflict | TransactionRejected, refusal.unposted(context, outcome))
    recorded = outcome.recorded
    state = HoldState.OPEN if recorded.kind is TransactionKind.APPROVAL else HoldState.VOIDED
    assert recorded.of_transaction is not None  # the hold
    node_id = NodeId(NodeKind.HOLD, recorded.of_transaction, recorded.member_id)
    return RedemptionAnswered(hold=hold_told(context.program, node_id, state, recorded.detail), replayed=outcome.replayed)
