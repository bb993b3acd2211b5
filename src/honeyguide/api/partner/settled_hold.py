"""What capture and void answer alike: the hold that they ended, and why they could not."""

from __future__ import annotations

from uuid import UUID

from honeyguide.api import refusal
from honeyguide.api.context import RequestContext
from honeyguide.api.types.errors import IdempotencyConflict
from honeyguide.api.types.hold import Hold, hold_told
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.api.types.refusals import TransactionRejected
from honeyguide.ledger.holds import HoldState
from honeyguide.ledger.recorded import Recorded
from honeyguide.transactions import outcomes


def named_hold(text: str) -> tuple[UUID, UUID]:
    """The hold and the member whose points it pins; ids that we never gave out name a hold that there is not."""
    node_id = NodeId.of_kind(NodeKind.HOLD, text)
    assert node_id.member_id is not None
    return node_id.key, node_id.member_id


def hold_settled(context: RequestContext, recorded: Recorded, state: HoldState) -> Hold:
    """The hold as the capture or void `recorded` left it."""
    return hold_told(context.program, NodeId(NodeKind.HOLD, UUID(recorded.detail["hold"]), recorded.member_id), state, recorded.detail)


def settle_refusal(
    context: RequestContext, outcome: outcomes.IdempotencyConflict | outcomes.Rejected
) -> IdempotencyConflict | TransactionRejected:
    if isinstance(outcome, outcomes.IdempotencyConflict):
        return refusal.idempotency_conflict(context)
    return refusal.rejected(context, outcome)
