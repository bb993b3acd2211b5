"""The member as the member sees it."""

from __future__ import annotations

from datetime import datetime

import strawberry

from honeyguide.api.types.described import described
from honeyguide.api.types.household import Household, household_of
from honeyguide.api.types.node import Node, NodeId, NodeKind
from honeyguide.api.types.standing import (
    Standing,
    account_field,
    accounts_field,
    activity_field,
    passes_field,
    progress_field,
    purchases_field,
    tier_field,
)
from honeyguide.members.store import MemberStatus

described(
    "Whether a membership is alive.",
    ACTIVE="It is.",
    FROZEN="It earns and does not redeem.",
    CLOSED="It ended.",
    MERGED="It went on as part of another.",
    ERASED="It ended, and what was known of the person is gone.",
)(MemberStatus)


@strawberry.type(description="The member who is signed in.")
class Member(Node):
    standing: strawberry.Private[Standing]
    version: str = strawberry.field(description="Rises with every change of what the member sees.")
    member_number: str = strawberry.field(description="As printed on the card.")
    display_name: str | None = strawberry.field(description="How the member wants to be called.")
    locale: str = strawberry.field(description="The member's language, BCP 47.")
    enrolled_at: datetime = strawberry.field(description="When the member joined.")
    status: MemberStatus = strawberry.field(description="Whether the membership is alive.")
    tier = tier_field()
    progress = progress_field()
    accounts = accounts_field()
    account = account_field()
    activity = activity_field()
    purchases = purchases_field()
    passes = passes_field()

    @strawberry.field(description="The household that the member shares a pool with; null without one.")
    async def household(self) -> Household | None:
        return await household_of(self.standing.context, self.standing.member_id)

    @classmethod
    def of(cls, read: Standing) -> Member:
        profile = read.profile
        return cls(
            id=strawberry.ID(str(NodeId(NodeKind.MEMBER, read.member_id))),
            standing=read,
            version=str(profile["version"]),
            member_number=profile["member_number"],
            display_name=profile["display_name"],
            locale=profile["locale"],
            enrolled_at=datetime.fromisoformat(profile["enrolled_at"]),
            status=MemberStatus(profile["status"]),
        )
