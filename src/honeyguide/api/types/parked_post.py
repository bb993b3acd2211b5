"""The review queue: posts that the program did not take by itself."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import strawberry

from honeyguide.api.types.node import Node, NodeId, NodeKind
from honeyguide.api.types.page import PageInfo
from honeyguide.api.types.partner import Partner


@strawberry.type(description="A post that waits for an operator to decide.")
class ParkedPost(Node):
    partner: Partner = strawberry.field(description="Who posted it.")
    reference: str = strawberry.field(description="The partner's own number for it.")
    reason: str = strawberry.field(description="Why it was not posted.")
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


def parked_id(member_id: UUID, key: UUID) -> strawberry.ID:
    return strawberry.ID(str(NodeId(NodeKind.PARKED_POST, key, member_id)))
