"""A household as its members see it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import strawberry

from honeyguide.api.context import Info, RequestContext
from honeyguide.api.dashboard import Part
from honeyguide.api.types.account import Account
from honeyguide.api.types.lists import MOST_UNITS, list_field
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.api.types.standing import standings
from honeyguide.api.types.statement import accounts
from honeyguide.members.households import Membership, household_members, membership
from honeyguide.members.store import MemberProfile, members_by_id


@strawberry.type(description="A member of a household, as the others see it.")
class HouseholdMember:
    id: strawberry.ID = strawberry.field(description="The member's id; it names the member to the household's owner.")
    display_name: str | None = strawberry.field(description="How the member wants to be called.")
    may_burn: bool = strawberry.field(description="Whether the member may redeem from the pool.")
    joined_at: datetime = strawberry.field(description="When the member joined.")


@strawberry.type(description="Members who share one pool of points.")
class Household:
    household_id: strawberry.Private[UUID]
    id: strawberry.ID = strawberry.field(description="Stable for life.")
    owner: HouseholdMember = strawberry.field(description="Who invites, removes, and says who may redeem.")
    may_burn: bool = strawberry.field(description="Whether the caller may redeem from the pool.")
    members: list[HouseholdMember] = list_field("Everybody, the longest member first.", 100)

    @list_field("What is in the pool, by unit.", MOST_UNITS)
    async def accounts(self, info: Info) -> list[Account]:
        context = info.context
        zone = (context.program.time_zone,)
        parts = [Part("balances", "balances"), Part("pending_lots", "pending_lots", zone), Part("expiring", "expiring", zone)]
        read = (await standings(context, [self.household_id], parts))[self.household_id].read
        return accounts(read, context.program, self.household_id)


async def household_of(context: RequestContext, member_id: UUID) -> Household | None:
    """The household that the member belongs to now."""
    pool, program_id = context.services.database.pool, context.caller.program_id
    mine = await membership(pool, program_id, member_id)
    if mine is None:
        return None
    members = await household_members(pool, program_id, mine.household_id)
    profiles = await members_by_id(pool, program_id, [one.member_id for one in members])
    shown = {one.member_id: _member(one, profiles.get(one.member_id)) for one in members}
    return Household(
        household_id=mine.household_id,
        id=strawberry.ID(str(NodeId(NodeKind.HOUSEHOLD, mine.household_id))),
        owner=shown.get(mine.owner_id) or _member(mine, None),
        may_burn=mine.may_burn,
        members=list(shown.values()),
    )


def _member(one: Membership, profile: MemberProfile | None) -> HouseholdMember:
    return HouseholdMember(
        id=strawberry.ID(str(NodeId(NodeKind.MEMBER, one.member_id))),
        display_name=profile.display_name if profile else None,
        may_burn=one.may_burn,
        joined_at=one.joined_at,
    )
