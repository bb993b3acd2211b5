"""A member redeems at a till."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, cast

import strawberry

from honeyguide.api.context import Info, RequestContext
from honeyguide.api.keys import KEY_IN_WORDS, checked_key, checked_reference, checked_text
from honeyguide.api.partner.burn_refusal import burn_refusal
from honeyguide.api.partner.desk import check_misses, desk_of
from honeyguide.api.posts import as_posted
from honeyguide.api.types.converted import converted
from honeyguide.api.types.errors import IdempotencyConflict, MemberNotFound
from honeyguide.api.types.lookup import MemberLookup, read_lookup
from honeyguide.api.types.partner import Partner
from honeyguide.api.types.refusals import DuplicateReference, InsufficientBalance, LimitExceeded, ProofRequired, TransactionRejected
from honeyguide.api.types.transaction import Transaction
from honeyguide.till.outcomes import Posted
from honeyguide.transactions import outcomes
from honeyguide.transactions import redeem as use_case
from honeyguide.transactions.requests import RedeemRequest


def _request(value: Mapping[str, Any]) -> RedeemRequest:
    location = checked_text(value.get("location"), "location")
    return RedeemRequest(
        idempotency_key=checked_key(value["idempotencyKey"]),
        member=read_lookup(value["member"], location),
        reference=checked_reference(value["reference"]),
        unit=value["unit"],
        quantity=value["quantity"],
        occurred_at=value.get("occurredAt"),
        location=location,
        cashier=checked_text(value.get("cashier"), "cashier"),
    )


@converted(_request)
@strawberry.input(description="A redemption.")
class RedeemInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    member: MemberLookup = strawberry.field(description="Who redeems.")
    reference: str = strawberry.field(description="The receipt's own number.")
    unit: str = strawberry.field(description="The unit's code.")
    quantity: Decimal = strawberry.field(description="How much; above zero.")
    occurred_at: datetime | None = strawberry.field(default=strawberry.UNSET, description="When it happened; default now.")
    location: str | None = strawberry.field(default=strawberry.UNSET, description="The code of the shop.")
    cashier: str | None = strawberry.field(default=strawberry.UNSET, description="Who was at the till, by the partner's own id.")


@strawberry.type(description="It was redeemed.")
class Redeemed:
    transaction: Transaction = strawberry.field(description="The redemption in the books.")
    replayed: bool = strawberry.field(description="Whether this key had redeemed it before; then this is the first answer again.")


RedeemResult = Annotated[
    Redeemed
    | MemberNotFound
    | InsufficientBalance
    | DuplicateReference
    | IdempotencyConflict
    | ProofRequired
    | LimitExceeded
    | TransactionRejected,
    strawberry.union("RedeemResult", description="What became of a redemption."),
]
Input = Annotated[RedeemInput, strawberry.argument(description="The redemption.")]


async def redeem(info: Info, input: Input) -> RedeemResult:
    request = cast(RedeemRequest, input)
    check_misses(info.context)
    desk = await desk_of(info.context, request.location)
    return await _result(info.context, Partner.of(desk.partner), await use_case.redeem(desk, request))


async def _result(context: RequestContext, partner: Partner, outcome: outcomes.RedeemOutcome) -> RedeemResult:
    if isinstance(outcome, Posted):
        return Redeemed(transaction=as_posted(context, partner, outcome.recorded), replayed=outcome.replayed)
    return await burn_refusal(context, outcome)
