"""A member joins the household that an invitation names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, cast

import strawberry

from honeyguide.api.context import Info
from honeyguide.api.keys import KEY_IN_WORDS, checked_key
from honeyguide.api.member.household_answer import HouseholdChanged, HouseholdRejected, answered, key_of
from honeyguide.api.types.converted import converted
from honeyguide.api.types.errors import IdempotencyConflict
from honeyguide.members.join_household import JoinRequest
from honeyguide.members.join_household import join_household as use_case


def _request(value: Mapping[str, Any]) -> JoinRequest:
    return JoinRequest(checked_key(value["idempotencyKey"]), value["token"])


@converted(_request)
@strawberry.input(description="Which household.")
class JoinHouseholdInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    token: str = strawberry.field(description="The invitation, as inviteToHousehold answered.")


JoinHouseholdResult = Annotated[
    HouseholdChanged | HouseholdRejected | IdempotencyConflict,
    strawberry.union("JoinHouseholdResult", description="What became of a joining."),
]
Input = Annotated[JoinHouseholdInput, strawberry.argument(description="The invitation.")]


async def join_household(info: Info, input: Input) -> JoinHouseholdResult:
    context = info.context
    return await answered(context, await use_case(context.call, cast(JoinRequest, input), key_of(context)))
