"""The owner of a household removes a member."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, cast

import strawberry

from honeyguide.api.context import Info
from honeyguide.api.keys import KEY_IN_WORDS, checked_key
from honeyguide.api.member.household_answer import HouseholdChanged, HouseholdRejected, answered, member_named
from honeyguide.api.types.converted import converted
from honeyguide.api.types.errors import IdempotencyConflict
from honeyguide.members.leave_household import RemoveRequest, remove_member


def _request(value: Mapping[str, Any]) -> RemoveRequest:
    return RemoveRequest(checked_key(value["idempotencyKey"]), member_named(value["member"]))


@converted(_request)
@strawberry.input(description="Who has to go.")
class RemoveHouseholdMemberInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    member: strawberry.ID = strawberry.field(description="The member's id, as the household shows it.")


RemoveHouseholdMemberResult = Annotated[
    HouseholdChanged | HouseholdRejected | IdempotencyConflict,
    strawberry.union("RemoveHouseholdMemberResult", description="What became of a removal."),
]
Input = Annotated[RemoveHouseholdMemberInput, strawberry.argument(description="Who.")]


async def remove_household_member(info: Info, input: Input) -> RemoveHouseholdMemberResult:
    context = info.context
    return await answered(context, await remove_member(context.call, cast(RemoveRequest, input)))
