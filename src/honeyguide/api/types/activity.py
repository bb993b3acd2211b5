"""The member's account statement: one row for each thing that moved a balance."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import strawberry

from honeyguide.api.types.described import described
from honeyguide.api.types.lists import MOST_REASONS, list_field
from honeyguide.api.types.node import Node
from honeyguide.api.types.page import PageInfo
from honeyguide.api.types.partner import Partner
from honeyguide.api.types.transaction import Reason, Transaction
from honeyguide.api.types.unit import Unit


@described(
    "What moved.",
    EARNED="Earned, and available at once.",
    PENDING="Earned, and available later.",
    ACTIVATED="What was pending became available.",
    REDEEMED="Redeemed at a partner.",
    HELD="Reserved for a redemption under way.",
    RELEASED="A reservation was given back.",
    REVERSED="Taken back.",
    EXPIRED="Expired.",
    ADJUSTED="Given or taken by the operator.",
    TRANSFERRED="Moved between members.",
)
class ActivityKind(StrEnum):
    EARNED = "EARNED"
    PENDING = "PENDING"
    ACTIVATED = "ACTIVATED"
    REDEEMED = "REDEEMED"
    HELD = "HELD"
    RELEASED = "RELEASED"
    REVERSED = "REVERSED"
    EXPIRED = "EXPIRED"
    ADJUSTED = "ADJUSTED"
    TRANSFERRED = "TRANSFERRED"


@described(
    "Whether it is final.",
    DONE="It is.",
    PENDING="Its day has not come, or the reservation is open.",
    UNDONE="All of it was taken back, or the reservation ended unused.",
)
class ActivityState(StrEnum):
    DONE = "DONE"
    PENDING = "PENDING"
    UNDONE = "UNDONE"


@strawberry.type(description="One row of the member's statement.")
class Activity(Node):
    kind: ActivityKind = strawberry.field(description="What moved.")
    state: ActivityState = strawberry.field(description="Whether it is final.")
    unit: Unit = strawberry.field(description="Of which unit.")
    quantity: Decimal = strawberry.field(
        description="How much; below zero where it left the member. Of what moves no balance (activated, held, released) above zero."
    )
    balance_after: Decimal = strawberry.field(description="Posted balance after it, in the order of posting.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    posted_at: datetime = strawberry.field(description="When it came into the books.")
    partner: Partner | None = strawberry.field(description="Where; null where no partner took part.")
    title: str = strawberry.field(description="A line for a statement, in the caller's language.")
    transaction: Transaction | None = strawberry.field(description="The event behind it; null where our own calendar was.")
    because: list[Reason] = list_field("Why this many.", MOST_REASONS)


@strawberry.type(description="A row of the statement in a list.")
class ActivityEdge:
    cursor: str = strawberry.field(description="Where it stands in the list.")
    node: Activity = strawberry.field(description="The row.")


@strawberry.type(description="A page of the statement.")
class ActivityConnection:
    edges: list[ActivityEdge] = strawberry.field(description="The rows of this page.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")
