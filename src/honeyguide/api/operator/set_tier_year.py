"""The operator sets the day that begins a member's tier year."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, cast

import strawberry

from honeyguide.api import refusal
from honeyguide.api.context import Info
from honeyguide.api.keys import KEY_IN_WORDS, checked_key
from honeyguide.api.operator.freezes import REPLAYED, member_id_of
from honeyguide.api.types.converted import converted
from honeyguide.api.types.errors import IdempotencyConflict, MemberNotFound
from honeyguide.api.types.lookup import MemberLookup, read_lookup
from honeyguide.api.types.refusals import TransactionRejected
from honeyguide.members import set_tier_year as use_case
from honeyguide.till.outcomes import KeyConflict, Refused


def _request(value: Mapping[str, Any]) -> use_case.SetTierYear:
    return use_case.SetTierYear(checked_key(value["idempotencyKey"]), read_lookup(value["member"]), value.get("starts") or None)


@converted(_request)
@strawberry.input(description="The day whose anniversaries begin a member's tier year, such as that of a contract.")
class SetTierYearInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    member: MemberLookup = strawberry.field(description="Whose.")
    starts: date | None = strawberry.field(default=strawberry.UNSET, description="The day; null or absent: the anniversary of joining.")


@strawberry.type(description="The member's tier years begin on that day from now on; a tier held is kept to its end.")
class TierYearSet:
    member: strawberry.ID = strawberry.field(description="Whose.")
    starts: date | None = strawberry.field(description="The day; null: the anniversary of joining.")
    replayed: bool = strawberry.field(description=REPLAYED)


SetTierYearResult = Annotated[
    TierYearSet | MemberNotFound | IdempotencyConflict | TransactionRejected,
    strawberry.union("SetTierYearResult", description="What became of setTierYear."),
]
Input = Annotated[SetTierYearInput, strawberry.argument(description="Whose year, and its day.")]


async def set_tier_year(info: Info, input: Input) -> SetTierYearResult:
    context, request = info.context, cast(use_case.SetTierYear, input)
    outcome = await use_case.set_tier_year(context.call, request)
    match outcome:
        case use_case.TierYearSet():
            return TierYearSet(member=member_id_of(outcome.member_id), starts=request.starts, replayed=outcome.replayed)
        case KeyConflict():
            return refusal.idempotency_conflict(context)
        case Refused():
            return refusal.unposted(context, outcome)
    return refusal.member_not_found(context)
