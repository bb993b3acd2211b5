"""What a member's app shows at a till: the card with its rotating code, the state of the PIN, and what waits for approval."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import strawberry

from honeyguide.api.context import RequestContext
from honeyguide.api.dashboard import Part, windows_part
from honeyguide.api.types.described import described
from honeyguide.api.types.money import Money, worth_of
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.api.types.partner import Location, Partner
from honeyguide.api.types.standing import standings
from honeyguide.api.types.statement import tier_held
from honeyguide.api.types.unit import Unit
from honeyguide.members.card import CardShown
from honeyguide.members.pin import PinState
from honeyguide.members.tier_claim import claim_ends
from honeyguide.transactions.approvals import WaitingHold


@described("How a code is drawn.", QR="A QR code.")
class BarcodeFormat(StrEnum):
    QR = "QR"


@strawberry.type(
    description="The member's card in the app; its code changes every thirty seconds and proves once that the member is there."
)
class MemberCard:
    context: strawberry.Private[RequestContext]
    member_id: strawberry.Private[UUID]
    format: BarcodeFormat = strawberry.field(description="How to draw it.")
    message: str = strawberry.field(description="What the code says; never the member number.")
    alt_text: str = strawberry.field(description="To stand below it, so that people see that it changes.")
    valid_until: datetime = strawberry.field(description="When to ask for the next one.")

    offline_claim_valid_until: datetime = strawberry.field(description="When offlineClaim ends.")

    @strawberry.field(
        description="The code and the member's tier, signed, for a till without network to check with our published keys "
        "(docs/offline-tills.md): another QR code, shown beside the first. There it earns later and redeems nothing."
    )
    async def offline_claim(self) -> str:
        context = self.context
        parts = [Part("profile", "profile"), windows_part(context.program, context.now)]
        standing = (await standings(context, [self.member_id], parts)).get(self.member_id)
        tier = tier_held(standing.read, context.program, context.now) if standing is not None else None
        return context.services.card_claims.signed(self.message, tier.code if tier else None, context.program.code, context.now)

    @classmethod
    def of(cls, context: RequestContext, member_id: UUID, shown: CardShown) -> MemberCard:
        return cls(
            context=context,
            member_id=member_id,
            format=BarcodeFormat.QR,
            message=shown.message,
            alt_text=shown.alt_text,
            valid_until=shown.valid_until,
            offline_claim_valid_until=claim_ends(context.now),
        )


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
