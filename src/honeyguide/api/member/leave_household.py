"""A member leaves the household."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, cast

import strawberry

from honeyguide.api.context import Info
from honeyguide.api.keys import KEY_IN_WORDS, checked_key
from honeyguide.api.member.household_answer import HouseholdChanged, HouseholdRejected, answered
from honeyguide.api.types.converted import converted
from honeyguide.api.types.errors import IdempotencyConflict
from honeyguide.members.leave_household import LeaveRequest
from honeyguide.members.leave_household import leave_household as use_case


def _request(value: Mapping[str, Any]) -> LeaveRequest:
    return LeaveRequest(checked_key(value["idempotencyKey"]))


@converted(_request)
@strawberry.input(description="Leaving the household.")
class LeaveHouseholdInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)


LeaveHouseholdResult = Annotated[
    HouseholdChanged | HouseholdRejected | IdempotencyConflict,
    strawberry.union("LeaveHouseholdResult", description="What became of a leaving."),
]
Input = Annotated[LeaveHouseholdInput, strawberry.argument(description="Leaving.")]


async def leave_household(info: Info, input: Input) -> LeaveHouseholdResult:
    context = info.context
    return await answered(context, await use_case(context.call, cast(LeaveRequest, input)))
