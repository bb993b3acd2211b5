"""A hold: points reserved for a partner."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry

from honeyguide.api.types.described import described
from honeyguide.api.types.node import Node, NodeId, NodeKind
from honeyguide.api.types.unit import Unit
from honeyguide.ledger import holds
from honeyguide.ledger.holds import Approval, HoldState
from honeyguide.programs.program import Program

described(
    "What became of a hold.",
    OPEN="The points are reserved.",
    CAPTURED="All or a part was taken; the rest went back.",
    VOIDED="It was given back.",
    LAPSED="Its time was over.",
)(HoldState)


described(
    "What a reservation that needs the member's approval has of it.",
    WAITING="The member was asked; it cannot be captured yet.",
    APPROVED="The member agreed.",
    DECLINED="The member did not agree, so it was given back: the reservation is VOIDED.",
)(Approval)


@strawberry.type(description="Points reserved for a partner, until they are captured, voided, or the time is over.")
class Hold(Node):
    unit: Unit = strawberry.field(description="What is reserved.")
    quantity: Decimal = strawberry.field(description="How much was reserved.")
    captured: Decimal = strawberry.field(description="How much of it was taken.")
    state: HoldState = strawberry.field(description="What became of it.")
    expires_at: datetime = strawberry.field(description="When it lapses by itself.")
    approval: Approval | None = strawberry.field(
        description="Whether the member must approve it in the app before it can be captured; null where the proof given is enough."
    )


def hold_now(program: Program, member_id: UUID, hold: holds.Hold, now: datetime, *, declined: bool) -> Hold:
    """As it is at that moment: one whose time is over has lapsed, whether a sweep has been there or not."""
    approval = Approval.DECLINED if declined else hold.approval
    node_id, state = NodeId(NodeKind.HOLD, hold.hold_id, member_id), hold.state_at(now)
    return _hold(program, node_id, hold.unit, hold.amount, hold.captured, state, hold.expires_at, approval)


def hold_told(program: Program, node_id: NodeId, state: HoldState, detail: Mapping[str, Any]) -> Hold:
    """As the transaction of this detail left it, which is what a replay tells again."""
    quantity = detail["quantity"]
    captured = quantity if state is HoldState.CAPTURED else 0
    expires_at = datetime.fromisoformat(detail["expires_at"])
    approval = Approval(detail["approval"]) if "approval" in detail else None
    if detail.get("declined"):
        approval = Approval.DECLINED
    return _hold(program, node_id, detail["unit"], detail.get("authorized", quantity), captured, state, expires_at, approval)


def _hold(
    program: Program,
    node_id: NodeId,
    code: str,
    amount: int,
    captured: int,
    state: HoldState,
    expires_at: datetime,
    approval: Approval | None,
) -> Hold:
    unit = Unit.of(program, code)
    return Hold(
        id=strawberry.ID(str(node_id)),
        unit=unit,
        quantity=unit.quantity(amount),
        captured=unit.quantity(captured),
        state=state,
        expires_at=expires_at,
        approval=approval,
    )
