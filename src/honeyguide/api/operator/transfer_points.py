"""The operator moves points from one member to another."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, cast

import strawberry

from honeyguide.api.context import Info
from honeyguide.api.keys import KEY_IN_WORDS, checked_key, checked_note
from honeyguide.api.operator.by_hand import hands_of, not_done
from honeyguide.api.operator.shown import member_shown
from honeyguide.api.posts import as_posted
from honeyguide.api.types.approval import AwaitsApproval
from honeyguide.api.types.converted import converted
from honeyguide.api.types.errors import IdempotencyConflict, MemberNotFound
from honeyguide.api.types.lookup import MemberLookup, read_lookup
from honeyguide.api.types.member_record import MemberRecord
from honeyguide.api.types.refusals import InsufficientBalance, LimitExceeded, TransactionRejected
from honeyguide.api.types.transaction import Transaction
from honeyguide.identity.second_approver.by_hand import by_hand
from honeyguide.till.outcomes import Posted
from honeyguide.transactions.transfer_points import TransferRequest


def _request(value: Mapping[str, Any]) -> TransferRequest:
    return TransferRequest(
        idempotency_key=checked_key(value["idempotencyKey"]),
        giver=read_lookup(value["from"]),
        receiver=read_lookup(value["to"]),
        unit=value["unit"],
        quantity=value["quantity"],
        reason=checked_note(value["reason"], "reason"),
    )


@converted(_request)
@strawberry.input(description="From whom to whom, how much.")
class TransferPointsInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    from_: MemberLookup = strawberry.field(name="from", description="Who gives.")
    to: MemberLookup = strawberry.field(description="Who receives; what this member owes is repaid first.")
    unit: str = strawberry.field(description="The unit's code.")
    quantity: Decimal = strawberry.field(description="How much, above zero and at most what is available.")
    reason: str = strawberry.field(description="Why, in words, for the records.")


@strawberry.type(description="It went from one to the other, with dates and issuers as they were.")
class PointsTransferred:
    transaction: Transaction = strawberry.field(description="The giver's side in the books.")
    from_: MemberRecord = strawberry.field(name="from", description="Who gave.")
    to: MemberRecord = strawberry.field(description="Who received; at most some seconds later.")
    replayed: bool = strawberry.field(description="Whether this key had transferred it before; then this is the first answer again.")


TransferPointsResult = Annotated[
    PointsTransferred | AwaitsApproval | LimitExceeded | MemberNotFound | InsufficientBalance | IdempotencyConflict | TransactionRejected,
    strawberry.union("TransferPointsResult", description="What became of a transfer."),
]
Input = Annotated[TransferPointsInput, strawberry.argument(description="The transfer.")]


async def transfer_points(info: Info, input: Input) -> TransferPointsResult:
    context = info.context
    answer = await by_hand(hands_of(context), cast(TransferRequest, input))
    if not isinstance(answer, Posted):
        return not_done(context, answer)
    recorded = answer.recorded
    return PointsTransferred(
        transaction=as_posted(context, None, recorded),
        from_=await member_shown(info, "PointsTransferred", "from", recorded.member_id),
        to=await member_shown(info, "PointsTransferred", "to", recorded.detail["to"]),
        replayed=answer.replayed,
    )
