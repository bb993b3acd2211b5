"""What a member's app shows at a till: the card with its rotating code, the state of the PIN, and what waits for approval."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import strawberry

from honeyguide.api.context import RequestContext
from honeyguide.api.types.described import described
from honeyguide.api.types.money import Money, worth_of
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.api.types.partner import Location, Partner
from honeyguide.api.types.unit import Unit
from honeyguide.members.card import CardShown
from honeyguide.members.pin import PinState
from honeyguide.transactions.approvals import WaitingHold


@described("How a code is drawn.", QR="A QR code.")
class BarcodeFormat(StrEnum):
    QR = "QR"


@strawberry.type(
    description="The member's card in the app; its code changes every thirty seconds and proves once that the member is there."
)
class MemberCard:
    format: BarcodeFormat = strawberry.field(description="How to draw it.")
    message: str = strawberry.field(description="What the code says; never the member number.")
    alt_text: str = strawberry.field(description="To stand below it, so that people see that it changes.")
    valid_until: datetime = strawberry.field(description="When to ask for the next one.")

    @classmethod
    def of(cls, shown: CardShown) -> MemberCard:
        return cls(format=BarcodeFormat.QR, message=shown.message, alt_text=shown.alt_text, valid_until=shown.valid_until)


@strawberry.type(description="The PIN that the member may type at a till.")
class MemberPin:
    set_at: datetime = strawberry.field(description="When it was set.")
    wrong_tries: int = strawberry.field(description="How often in a row somebody typed a wrong one.")
    locked_until: datetime | None = strawberry.field(
        description="Until then no PIN is accepted, the right one neither; null where it is not locked. Setting it anew unlocks it."
    )

    @classmethod
    def of(cls, state: PinState, now: datetime) -> MemberPin:
        locked = state.locked_until if state.locked_until is not None and state.locked_until > now else None
        return cls(set_at=state.set_at, wrong_tries=state.wrong, locked_until=locked)


@strawberry.type(description="A reservation that waits for the member: approve or decline it.")
class PendingApproval:
    hold_id: strawberry.ID = strawberry.field(description="Names it to approveRedemption.")
    unit: Unit = strawberry.field(description="What would be redeemed.")
    quantity: Decimal = strawberry.field(description="How much.")
    worth: Money | None = strawberry.field(description="What that is worth; null where the program names no worth.")
    partner: Partner | None = strawberry.field(description="Who asks.")
    location: Location | None = strawberry.field(description="In which shop; null where the till did not say.")
    reference: str | None = strawberry.field(description="The receipt's number at the till.")
    asked_at: datetime = strawberry.field(description="When the till asked.")
    expires_at: datetime = strawberry.field(description="When the points are the member's again, if nobody answers.")


async def pending_approval(context: RequestContext, hold: WaitingHold) -> PendingApproval:
    partner = await context.partner(hold.partner_id)
    place = partner.locations.get(hold.location) if partner is not None and hold.location is not None else None
    unit = Unit.of(context.program, hold.unit)
    return PendingApproval(
        hold_id=strawberry.ID(str(NodeId(NodeKind.HOLD, hold.hold_id, hold.member_id))),
        unit=unit,
        quantity=unit.quantity(hold.amount),
        worth=worth_of(context.program, hold.unit, hold.amount),
        partner=Partner.of(partner) if partner is not None else None,
        location=Location(code=place.code, name=place.name) if place is not None else None,
        reference=hold.reference,
        asked_at=hold.authorised_at,
        expires_at=hold.expires_at,
    )
