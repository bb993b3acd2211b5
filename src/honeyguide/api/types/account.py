"""A member's accounts: what is available, what comes, what goes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import strawberry

from honeyguide.api.types.lists import list_field
from honeyguide.api.types.node import Node
from honeyguide.api.types.unit import Unit


@strawberry.type(description="availableOn is null where an event, not a date, makes it available.")
class PendingLot:
    quantity: Decimal = strawberry.field(description="How much is to come.")
    available_on: date | None = strawberry.field(description="The day from which it can be redeemed, in the program's time zone.")


@strawberry.type(description="Lots of one date together, in the program's time zone.")
class ExpiringLot:
    quantity: Decimal = strawberry.field(description="How much will expire.")
    expires_on: date = strawberry.field(description="The last day on which it can be redeemed.")


@strawberry.type(description="What a member has of one unit.")
class Account(Node):
    unit: Unit = strawberry.field(description="What it counts.")
    available: Decimal = strawberry.field(description="What can be redeemed now; below zero while the member owes.")
    held: Decimal = strawberry.field(description="Reserved for redemptions under way.")
    debt: Decimal = strawberry.field(description="What reversals left the member owing.")
    pending: Decimal = strawberry.field(description="Earned, but not available yet.")
    pending_lots: list[PendingLot] = list_field("What is pending, by the day on which it becomes available, soonest first.", 100)
    expiring: list[ExpiringLot] = list_field("All dates on which something expires, soonest first.", 500)
