"""A till takes a purchase or a redemption back, in whole or in part."""

from __future__ import annotations

from typing import Annotated, cast
from uuid import UUID

import strawberry

from honeyguide.api import refusal
from honeyguide.api.context import Info, RequestContext
from honeyguide.api.partner.desk import desk_of
from honeyguide.api.partner.post_outcome import duplicate_reference
from honeyguide.api.partner.reversal_input import ReverseTransactionInput
from honeyguide.api.posts import as_posted
from honeyguide.api.types.errors import IdempotencyConflict
from honeyguide.api.types.partner import Partner
from honeyguide.api.types.refusals import DuplicateReference, TransactionRejected
from honeyguide.api.types.transaction import Transaction
from honeyguide.ledger.books import reversals_of
from honeyguide.ledger.recorded import Recorded
from honeyguide.transactions import outcomes
from honeyguide.transactions import reverse_transaction as use_case
from honeyguide.transactions.requests import ReverseRequest


@strawberry.type(description="It was taken back: what was recorded, whatever the program says today.")
class TransactionReversed:
    transaction: Transaction = strawberry.field(description="What was taken back, as it stands after that.")
    reversal: Transaction = strawberry.field(description="The reversal in the books.")
    replayed: bool = strawberry.field(description="Whether this key had reversed it before; then this is the first answer again.")


ReverseTransactionResult = Annotated[
    TransactionReversed | DuplicateReference | IdempotencyConflict | TransactionRejected,
    strawberry.union("ReverseTransactionResult", description="What became of a reversal."),
]
Input = Annotated[ReverseTransactionInput, strawberry.argument(description="What to take back.")]


async def reverse_transaction(info: Info, input: Input) -> ReverseTransactionResult:
    context, request = info.context, cast(ReverseRequest, input)
    desk = await desk_of(context, request.location)
    outcome = await use_case.reverse_transaction(desk, request)
    match outcome:
        case outcomes.Reversed():
            return await _reversed(context, Partner.of(desk.partner), outcome)
        case outcomes.DuplicateReference(recorded=recorded, path=path):
            return await duplicate_reference(context, recorded, path)
        case outcomes.IdempotencyConflict():
            return refusal.idempotency_conflict(context)
        case outcomes.Rejected():
            return refusal.rejected(context, outcome)


async def _reversed(context: RequestContext, partner: Partner, outcome: outcomes.Reversed) -> TransactionReversed:
    original, reversal = outcome.original, outcome.reversal
    found = await reversals_of(context.services.database.pool, context.caller.program_id, [original])
    # What came later is none of this answer, which a retry must hear unchanged.
    so_far = [one for one in found.get(original.transaction_id, ()) if _order(one) <= _order(reversal)]
    return TransactionReversed(
        transaction=as_posted(context, partner, original, so_far),
        reversal=as_posted(context, partner, reversal),
        replayed=outcome.replayed,
    )


def _order(reversal: Recorded) -> tuple[int, UUID]:
    return reversal.version, reversal.transaction_id
