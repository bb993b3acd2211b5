"""A till reserves points for what the member is about to redeem."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, cast

import strawberry

from honeyguide.api.context import Info, RequestContext
from honeyguide.api.keys import KEY_IN_WORDS, checked_key, checked_reference, checked_text
from honeyguide.api.partner.burn_refusal import burn_refusal
from honeyguide.api.partner.desk import check_misses, desk_of
from honeyguide.api.types.converted import converted
from honeyguide.api.types.errors import IdempotencyConflict, MemberNotFound
from honeyguide.api.types.hold import Hold, hold_told
from honeyguide.api.types.lookup import MemberLookup, read_lookup
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.api.types.refusals import DuplicateReference, InsufficientBalance, LimitExceeded, ProofRequired, TransactionRejected
from honeyguide.ledger.holds import HoldState
from honeyguide.till.outcomes import Posted
from honeyguide.transactions import authorize_redemption as use_case
from honeyguide.transactions import outcomes
from honeyguide.transactions.requests import AuthorizeRequest


def _request(value: Mapping[str, Any]) -> AuthorizeRequest:
    location = checked_text(value.get("location"), "location")
    return AuthorizeRequest(
        idempotency_key=checked_key(value["idempotencyKey"]),
        member=read_lookup(value["member"], location),
        reference=checked_reference(value["reference"]),
        unit=value["unit"],
        quantity=value["quantity"],
        ttl_seconds=value["ttlSeconds"],
        location=location,
        cashier=checked_text(value.get("cashier"), "cashier"),
        ask_approval=value["askApproval"],
    )


@converted(_request)
@strawberry.input(description="Points to reserve.")
class AuthorizeRedemptionInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    member: MemberLookup = strawberry.field(description="Who will redeem.")
    reference: str = strawberry.field(description="The receipt's own number; the redemption that captures the hold bears it.")
    unit: str = strawberry.field(description="The unit's code.")
    quantity: Decimal = strawberry.field(description="How much; above zero.")
    ttl_seconds: int = strawberry.field(
        default=900, description=f"After how many seconds the hold lapses by itself; 1 to {use_case.LONGEST_SECONDS}."
    )
    location: str | None = strawberry.field(default=strawberry.UNSET, description="The code of the shop.")
    cashier: str | None = strawberry.field(default=strawberry.UNSET, description="Who was at the till, by the partner's own id.")
    ask_approval: bool = strawberry.field(
        default=False,
        description="Where the proof given is not enough: reserve, and wait for the member to approve it in the app, 15 minutes at most.",
    )


@strawberry.type(description="The points are reserved; nothing is redeemed yet.")
class RedemptionAuthorized:
    hold: Hold = strawberry.field(description="What is reserved, and until when.")
    replayed: bool = strawberry.field(description="Whether this key had reserved it before; then this is the first answer again.")


AuthorizeRedemptionResult = Annotated[
    RedemptionAuthorized
    | MemberNotFound
    | InsufficientBalance
    | DuplicateReference
    | IdempotencyConflict
    | ProofRequired
    | LimitExceeded
    | TransactionRejected,
    strawberry.union("AuthorizeRedemptionResult", description="What became of an authorisation."),
]
Input = Annotated[AuthorizeRedemptionInput, strawberry.argument(description="What to reserve.")]


async def authorize_redemption(info: Info, input: Input) -> AuthorizeRedemptionResult:
    request = cast(AuthorizeRequest, input)
    check_misses(info.context)
    desk = await desk_of(info.context, request.location)
    return await _result(info.context, await use_case.authorize_redemption(desk, request))


async def _result(context: RequestContext, outcome: outcomes.RedeemOutcome) -> AuthorizeRedemptionResult:
    if not isinstance(outcome, Posted):
        return await burn_refusal(context, outcome)
    recorded = outcome.recorded
    node_id = NodeId(NodeKind.HOLD, recorded.transaction_id, recorded.member_id)
    return RedemptionAuthorized(hold=hold_told(context.program, node_id, HoldState.OPEN, recorded.detail), replayed=outcome.replayed)
