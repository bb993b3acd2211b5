"""A member claims the receipt of a purchase that named nobody (R54)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, cast

import strawberry

from honeyguide.api import refusal
from honeyguide.api.context import Info
from honeyguide.api.keys import KEY_IN_WORDS, checked_key, checked_text
from honeyguide.api.posts import as_posted
from honeyguide.api.types.converted import converted
from honeyguide.api.types.errors import IdempotencyConflict
from honeyguide.api.types.partner import Partner
from honeyguide.api.types.refusals import TransactionRejected
from honeyguide.api.types.transaction import Transaction
from honeyguide.till.outcomes import Posted
from honeyguide.transactions import claim_transaction as use_case
from honeyguide.transactions import outcomes


def _request(value: Mapping[str, Any]) -> use_case.ClaimRequest:
    return use_case.ClaimRequest(checked_key(value["idempotencyKey"]), checked_text(value["token"], "token"))


@converted(_request)
@strawberry.input(description="The receipt of a purchase that named nobody.")
class ClaimTransactionInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    token: str = strawberry.field(description="What stands behind /claim/ in the receipt's link.")


@strawberry.type(description="The purchase is the member's now, and earned as of its day.")
class TransactionClaimed:
    transaction: Transaction = strawberry.field(description="The purchase in the member's books.")
    replayed: bool = strawberry.field(description="Whether this key had claimed it before; then this is the first answer again.")


ClaimTransactionResult = Annotated[
    TransactionClaimed | IdempotencyConflict | TransactionRejected,
    strawberry.union("ClaimTransactionResult", description="What became of a claim."),
]
Input = Annotated[ClaimTransactionInput, strawberry.argument(description="The receipt.")]


async def claim_transaction(info: Info, input: Input) -> ClaimTransactionResult:
    context, services = info.context, info.context.services
    request = cast(use_case.ClaimRequest, input)
    outcome = await use_case.claim_transaction(context.call, services.programs, services.partners, request, services.watch)
    match outcome:
        case Posted(recorded=recorded, replayed=replayed):
            assert recorded.partner_id is not None  # a purchase is always at a partner
            partner = await context.partner(recorded.partner_id)
            shown = as_posted(context, Partner.of(partner) if partner else None, recorded)
            return TransactionClaimed(transaction=shown, replayed=replayed)
        case outcomes.IdempotencyConflict():
            return refusal.idempotency_conflict(context)
        case outcomes.Rejected():
            return refusal.rejected(context, outcome)
