"""A member founds a household."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, cast

import strawberry

from honeyguide.api.context import Info
from honeyguide.api.keys import KEY_IN_WORDS, checked_key
from honeyguide.api.member.household_answer import HouseholdChanged, HouseholdRejected, answered
from honeyguide.api.types.converted import converted
from honeyguide.api.types.errors import IdempotencyConflict
from honeyguide.members.join_household import FoundRequest
from honeyguide.members.join_household import found_household as use_case


def _request(value: Mapping[str, Any]) -> FoundRequest:
    return FoundRequest(checked_key(value["idempotencyKey"]))


@converted(_request)
@strawberry.input(description="A household of one's own.")
class FoundHouseholdInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)


FoundHouseholdResult = Annotated[
    HouseholdChanged | HouseholdRejected | IdempotencyConflict,
    strawberry.union("FoundHouseholdResult", description="What became of a founding."),
]
Input = Annotated[FoundHouseholdInput, strawberry.argument(description="The household.")]


async def found_household(info: Info, input: Input) -> FoundHouseholdResult:
    context = info.context
    return await answered(context, await use_case(context.call, cast(FoundRequest, input)))
