"""The operator assigns a tier by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, cast

import strawberry

from honeyguide.api.context import Info
from honeyguide.api.keys import KEY_IN_WORDS, checked_key, checked_note
from honeyguide.api.operator.by_hand import hands_of, not_done
from honeyguide.api.types.approval import AwaitsApproval
from honeyguide.api.types.converted import converted
from honeyguide.api.types.described import described
from honeyguide.api.types.errors import IdempotencyConflict, MemberNotFound
from honeyguide.api.types.lookup import MemberLookup, read_lookup
from honeyguide.api.types.program import Tier
from honeyguide.api.types.refusals import LimitExceeded, TransactionRejected
from honeyguide.identity.second_approver.by_hand import by_hand
from honeyguide.till.outcomes import Posted
from honeyguide.transactions import assign_tier as use_case


@described(
    "Why a tier is assigned by hand.",
    GOODWILL="To make good.",
    STATUS_MATCH="The member has as much at another program.",
    CORRECTION="To correct a mistake.",
    OTHER="As the note says.",
)
class TierReason(StrEnum):
    GOODWILL = "GOODWILL"
    STATUS_MATCH = "STATUS_MATCH"
    CORRECTION = "CORRECTION"
    OTHER = "OTHER"


def _request(value: Mapping[str, Any]) -> use_case.AssignTier:
    return use_case.AssignTier(
        idempotency_key=checked_key(value["idempotencyKey"]),
        member=read_lookup(value["member"]),
        tier=value["tier"],
        until=value["until"],
        reason=str(value["reason"]),
        note=checked_note(value["note"]),
    )


@converted(_request)
@strawberry.input(description="A tier to hold until a day, whatever is earned meanwhile; only a higher one ends it before.")
class AssignTierInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    member: MemberLookup = strawberry.field(description="Whose tier.")
    tier: str = strawberry.field(description="The tier's code in the program file.")
    until: date = strawberry.field(description="Its last day; then it is reviewed like any other.")
    reason: TierReason = strawberry.field(description="Why.")
    note: str = strawberry.field(description="Why, in words, for the records; nothing personal, for it outlives an erasure.")


@strawberry.type(description="The tier is held.")
class TierAssigned:
    tier: Tier = strawberry.field(description="The tier that was assigned.")
    until: date = strawberry.field(description="Its last day.")
    replayed: bool = strawberry.field(description="Whether this key had assigned it before; then this is the first answer again.")


AssignTierResult = Annotated[
    TierAssigned | AwaitsApproval | LimitExceeded | MemberNotFound | IdempotencyConflict | TransactionRejected,
    strawberry.union("AssignTierResult", description="What became of assignTier."),
]
Input = Annotated[AssignTierInput, strawberry.argument(description="The tier and its end.")]


async def assign_tier(info: Info, input: Input) -> AssignTierResult:
    context, request = info.context, cast(use_case.AssignTier, input)
    answer = await by_hand(hands_of(context), request)
    if not isinstance(answer, Posted):
        return cast(AssignTierResult, not_done(context, answer))
    tier = Tier.of(context.program, request.tier)
    assert tier is not None  # the use case has checked that the program has it
    return TierAssigned(tier=tier, until=request.until, replayed=answer.replayed)
