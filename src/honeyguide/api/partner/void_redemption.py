"""A till gives back what it reserved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, cast

import strawberry

from honeyguide.api.context import Info
from honeyguide.api.keys import KEY_IN_WORDS, checked_key
from honeyguide.api.partner.desk import desk_of
from honeyguide.api.partner.settled_hold import hold_settled, named_hold, settle_refusal
from honeyguide.api.types.converted import converted
from honeyguide.api.types.errors import IdempotencyConflict
from honeyguide.api.types.hold import Hold
from honeyguide.api.types.refusals import TransactionRejected
from honeyguide.ledger.holds import HoldState
from honeyguide.till.outcomes import Posted
from honeyguide.transactions import void_redemption as use_case
from honeyguide.transactions.requests import VoidRequest


def _request(value: Mapping[str, Any]) -> VoidRequest:
    return VoidRequest(checked_key(value["idempotencyKey"]), *named_hold(value["holdId"]))


@converted(_request)
@strawberry.input(description="A hold to give back.")
class VoidRedemptionInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    hold_id: strawberry.ID = strawberry.field(description="The hold, as authorizeRedemption named it.")


@strawberry.type(description="All of it is the member's again.")
class RedemptionVoided:
    hold: Hold = strawberry.field(description="The hold, which has ended by it.")
    replayed: bool = strawberry.field(description="Whether this key had voided it before; then this is the first answer again.")


VoidRedemptionResult = Annotated[
    RedemptionVoided | IdempotencyConflict | TransactionRejected,
    strawberry.union("VoidRedemptionResult", description="What became of a void."),
]
Input = Annotated[VoidRedemptionInput, strawberry.argument(description="What to give back.")]


async def void_redemption(info: Info, input: Input) -> VoidRedemptionResult:
    context = info.context
    outcome = await use_case.void_redemption(await desk_of(context), cast(VoidRequest, input))
    if not isinstance(outcome, Posted):
        return settle_refusal(context, outcome)
    return RedemptionVoided(hold=hold_settled(context, outcome.recorded, HoldState.VOIDED), replayed=outcome.replayed)
