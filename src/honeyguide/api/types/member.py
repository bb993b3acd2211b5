"""The member as the member sees it."""

from __future__ import annotations

from datetime import datetime

import strawberry

from honeyguide.api.types.card import MemberCard, MemberPin, PendingApproval, pending_approval
from honeyguide.api.types.described import described
from honeyguide.api.types.household import Household, household_of
from honeyguide.api.types.lists import list_field
from honeyguide.api.types.node import Node, NodeId, NodeKind
from honeyguide.api.types.profile import birth_date_field, consents_field, quiet_hours_field
from honeyguide.api.types.session import Session, sessions_of
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
from honeyguide.members.card import card_now
from honeyguide.members.pin import pin_state
from honeyguide.members.store import MemberStatus
from honeyguide.transactions.approvals import waiting_holds

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
    consents = consents_field()
    quiet_hours = quiet_hours_field()
    birth_date = birth_date_field()

    @strawberry.field(description="The household that the member shares a pool with; null without one.")
    async def household(self) -> Household | None:
        return await household_of(self.standing.context, self.standing.member_id)

    @strawberry.field(description="The card to show at a till; ask again when validUntil has come. Made when first asked for.")
    async def card(self) -> MemberCard:
        context, services = self.standing.context, self.standing.context.services
        member_id = self.standing.member_id
        shown = await card_now(services.database, services.cipher, context.caller.program_id, member_id, context.now)
        return MemberCard.of(context, member_id, shown)

    @list_field("Where the member is signed in by one-time code, the last used first.", 20)
    async def sessions(self) -> list[Session]:
        return await sessions_of(self.standing.context, self.standing.member_id)

    @strawberry.field(description="The PIN's state; null where none is set.")
    async def pin(self) -> MemberPin | None:
        context = self.standing.context
        state = await pin_state(context.services.database.pool, context.caller.program_id, self.standing.member_id)
        return None if state is None else MemberPin.of(state, context.now)

    @list_field("What tills ask the member to approve, the oldest first.", 50)
    async def approvals(self) -> list[PendingApproval]:
        context = self.standing.context
        pool, program_id = context.services.database.pool, context.caller.program_id
        return [
            await pending_approval(context, hold)
            for hold in await waiting_holds(pool, program_id, self.standing.member_id, context.now)
            if hold.unit in context.program.units
        ]

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
