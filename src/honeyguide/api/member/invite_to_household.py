"""The owner of a household invites somebody."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from honeyguide.api.context import Info
from honeyguide.api.member.household_answer import HouseholdRejected, key_of, rejected
from honeyguide.members.household import invite_to_household as use_case
from honeyguide.till.outcomes import Refused


@strawberry.type(description="Whoever has the token may join until its end.")
class HouseholdInvitation:
    token: str = strawberry.field(description="For joinHousehold; to be handed on as a link of the app.")
    expires_at: datetime = strawberry.field(description="Until when it is good.")


InviteToHouseholdResult = Annotated[
    HouseholdInvitation | HouseholdRejected,
    strawberry.union("InviteToHouseholdResult", description="What became of an invitation."),
]


async def invite_to_household(info: Info) -> InviteToHouseholdResult:
    context = info.context
    outcome = await use_case(context.call, key_of(context))
    if isinstance(outcome, Refused):
        return rejected(context, outcome)
    return HouseholdInvitation(token=outcome.token, expires_at=outcome.expires_at)
