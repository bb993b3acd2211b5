"""The owner of a household says who may redeem from its pool."""

from __future__ import annotations

from typing import Annotated

import strawberry

from honeyguide.api.context import Info
from honeyguide.api.member.household_answer import HouseholdChanged, HouseholdRejected, changed, member_named, rejected
from honeyguide.members.household import set_may_burn
from honeyguide.till.outcomes import Refused


@strawberry.input(description="What a member of the household may do.")
class SetHouseholdMemberInput:
    member: strawberry.ID = strawberry.field(description="The member's id, as the household shows it.")
    may_burn: bool = strawberry.field(description="Whether the member may redeem from the pool.")


SetHouseholdMemberResult = Annotated[
    HouseholdChanged | HouseholdRejected,
    strawberry.union("SetHouseholdMemberResult", description="What became of it."),
]
Input = Annotated[SetHouseholdMemberInput, strawberry.argument(description="Who may do what.")]


async def set_household_member(info: Info, input: Input) -> SetHouseholdMemberResult:
    context = info.context
    outcome = await set_may_burn(context.call, member_named(input.member), input.may_burn)
    return rejected(context, outcome) if isinstance(outcome, Refused) else await changed(context, replayed=False)
