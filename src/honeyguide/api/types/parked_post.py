"""The review queue: posts that the program did not take by itself."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import strawberry

from honeyguide.api.context import RequestContext
from honeyguide.api.types.money import Money
from honeyguide.api.types.node import Node, NodeId, NodeKind
from honeyguide.api.types.page import PageInfo
from honeyguide.api.types.partner import Partner
from honeyguide.api.words.parked_reasons import reason_words
from honeyguide.transactions import review


@strawberry.type(description="A post that waits for an operator to decide, or waited.")
class ParkedPost(Node):
    partner: Partner = strawberry.field(description="Who posted it.")
    reference: str = strawberry.field(description="The partner's own number for it.")
    reason: str = strawberry.field(description="Why it was not posted, for programs.")
    why: str = strawberry.field(description="The same for people, in the caller's language.")
    member: strawberry.ID | None = strawberry.field(description="For whom it was posted; null where nobody was named.")
    amount: Money = strawberry.field(description="What was paid.")
    location: str | None = strawberry.field(description="The code of the shop; null where none was named.")
    cashier: str | None = strawberry.field(description="The cashier; null where none was named.")
    occurred_at: datetime = strawberry.field(description="When it happened in the shop.")
    received_at: datetime = strawberry.field(description="When it came in.")


@strawberry.type(description="A parked post in a list.")
class ParkedEdge:
    cursor: str = strawberry.field(description="Where it stands in the list.")
    node: ParkedPost = strawberry.field(description="The post.")


@strawberry.type(description="A page of the review queue.")
class ParkedConnection:
    edges: list[ParkedEdge] = strawberry.field(description="The posts of this page.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")


async def parked_shown(context: RequestContext, row: review.ParkedPost) -> ParkedPost | None:
    """None where its partner is unknown."""
    partner = await context.partner(row.partner_id)
    if partner is None:
        return None
    return ParkedPost(
        id=strawberry.ID(str(NodeId(NodeKind.PARKED_POST, row.parked_id, row.member_id))),
        partner=Partner.of(partner),
        reference=row.reference,
        reason=row.reason,
        why=reason_words(row.reason, context.language),
        member=_member(row.member_id),
        amount=Money.of(row.purchase["amount"], row.purchase["currency"]),
        location=row.location,
        cashier=row.purchase["facts"].get("cashier"),
        occurred_at=row.occurred_at,
        received_at=row.received_at,
    )


def _member(member_id: UUID) -> strawberry.ID | None:
    return strawberry.ID(str(NodeId(NodeKind.MEMBER, member_id))) if member_id.int else None
