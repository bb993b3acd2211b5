"""A till takes what it reserved."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, cast

import strawberry

from honeyguide.api.context import Info
from honeyguide.api.keys import KEY_IN_WORDS, checked_key
from honeyguide.api.partner.desk import desk_of
from honeyguide.api.partner.settled_hold import hold_settled, named_hold, settle_refusal
from honeyguide.api.posts import as_posted
from honeyguide.api.refusal import proof_required
from honeyguide.api.types.converted import converted
from honeyguide.api.types.errors import IdempotencyConflict
from honeyguide.api.types.hold import Hold
from honeyguide.api.types.partner import Partner
from honeyguide.api.types.refusals import ProofRequired, TransactionRejected
from honeyguide.api.types.transaction import Transaction
from honeyguide.ledger.holds import HoldState
from honeyguide.till.outcomes import Posted
from honeyguide.transactions import capture_redemption as use_case
from honeyguide.transactions.outcomes import ProofRequired as ProofRefused
from honeyguide.transactions.requests import CaptureRequest


def _request(value: Mapping[str, Any]) -> CaptureRequest:
    hold_id, member_id = named_hold(value["holdId"])
    return CaptureRequest(checked_key(value["idempotencyKey"]), hold_id, member_id, value.get("quantity"))


@converted(_request)
@strawberry.input(description="quantity: default all that is left of the hold.")
class CaptureRedemptionInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    hold_id: strawberry.ID = strawberry.field(description="The hold, as authorizeRedemption named it.")
    quantity: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="How much of it is taken; the rest goes back, for one capture settles a hold."
    )


@strawberry.type(description="It was redeemed; what was not taken went back to the member.")
class RedemptionCaptured:
    transaction: Transaction = strawberry.field(description="The redemption in the books.")
    hold: Hold = strawberry.field(description="The hold, which has ended by it.")
    replayed: bool = strawberry.field(description="Whether this key had captured it before; then this is the first answer again.")


CaptureRedemptionResult = Annotated[
    RedemptionCaptured | ProofRequired | IdempotencyConflict | TransactionRejected,
    strawberry.union("CaptureRedemptionResult", description="What became of a capture."),
]
Input = Annotated[CaptureRedemptionInput, strawberry.argument(description="What to take.")]


async def capture_redemption(info: Info, input: Input) -> CaptureRedemptionResult:
    context, desk = info.context, await desk_of(info.context)
    outcome = await use_case.capture_redemption(desk, cast(CaptureRequest, input))
    if isinstance(outcome, ProofRefused):
        return proof_required(context, outcome)
    if not isinstance(outcome, Posted):
        return settle_refusal(context, outcome)
    return RedemptionCaptured(
        transaction=as_posted(context, Partner.of(desk.partner), outcome.recorded),
        hold=hold_settled(context, outcome.recorded, HoldState.CAPTURED),
        replayed=outcome.replayed,
    )
