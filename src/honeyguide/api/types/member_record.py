"""The member as the operator's people see it."""

from __future__ import annotations

from datetime import datetime

import strawberry

from honeyguide.api.types.node import Node, NodeId, NodeKind
from honeyguide.api.types.page import PageInfo
from honeyguide.api.types.profile import birth_date_field, consents_field, quiet_hours_field
from honeyguide.api.types.standing import (
    Standing,
    account_field,
    accounts_field,
    activity_field,
    passes_field,
    progress_field,
    tier_at_field,
    tier_field,
)
from honeyguide.members.store import MemberStatus


@strawberry.type(description="A member as the operator's people see it.")
class MemberRecord(Node):
    standing: strawberry.Private[Standing]
    member_number: str = strawberry.field(description="As printed on the card.")
    display_name: str | None = strawberry.field(description="How the member wants to be called.")
    email: str | None = strawberry.field(description="The e-mail address that names the member.")
    phone: str | None = strawberry.field(description="The phone number that names the member, E.164.")
    locale: str = strawberry.field(description="The member's language, BCP 47.")
    enrolled_at: datetime = strawberry.field(description="When the member joined.")
    status: MemberStatus = strawberry.field(description="Whether the membership is alive.")
    tier = tier_field()
    tier_at = tier_at_field()
    progress = progress_field()
    accounts = accounts_field()
    account = account_field()
    passes = passes_field()
    consents = consents_field()
    quiet_hours = quiet_hours_field()
    birth_date = birth_date_field()
    activity = activity_field()

    @classmethod
    def of(cls, read: Standing) -> MemberRecord:
        profile = read.profile
        return cls(
            id=strawberry.ID(str(NodeId(NodeKind.MEMBER, read.member_id))),
            standing=read,
            member_number=profile["member_number"],
            display_name=profile["display_name"],
            email=profile["email"],
            phone=profile["phone"],
            locale=profile["locale"],
            enrolled_at=datetime.fromisoformat(profile["enrolled_at"]),
            status=MemberStatus(profile["status"]),
        )


@strawberry.type(description="A member in a list.")
class MemberEdge:
    cursor: str = strawberry.field(description="Where it stands in the list.")
    node: MemberRecord = strawberry.field(description="The member.")


@strawberry.type(description="A page of members.")
class MemberConnection:
    edges: list[MemberEdge] = strawberry.field(description="The members of this page.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")
