"""A member as a till may see one: masked, with what may be redeemed here."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

import strawberry

from honeyguide.api.context import RequestContext
from honeyguide.api.types.lists import MOST_UNITS, list_field
from honeyguide.api.types.money import Money, worth_of
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.api.types.program import Tier
from honeyguide.api.types.unit import Unit
from honeyguide.members.masking import masked_name
from honeyguide.transactions.burn_limits import Redeemable


@strawberry.type(description="redeemable: under this partner's and this proof's limits.")
class PartnerAccount:
    unit: Unit = strawberry.field(description="What it counts.")
    available: Decimal = strawberry.field(description="What the member could redeem with every proof.")
    redeemable: Decimal = strawberry.field(description="What may be redeemed here and now, by the proof given.")
    worth: Money | None = strawberry.field(description="What that is worth; null where the program names no worth.")


@strawberry.type(description="Names and balances only as far as proof and program allow.")
class PartnerMember:
    id: strawberry.ID = strawberry.field(description="Opaque and stable for life.")
    masked_name: str | None = strawberry.field(description="Enough of the name to greet; null where it is unknown.")
    tier: Tier | None = strawberry.field(description="The tier held; null in a program without tiers.")
    accounts: list[PartnerAccount] = list_field("What the member has, by unit.", MOST_UNITS)


def partner_member(
    context: RequestContext, member_id: UUID, display_name: str | None, tier: str | None, redeemable: Mapping[str, Redeemable]
) -> PartnerMember:
    return PartnerMember(
        id=strawberry.ID(str(NodeId(NodeKind.MEMBER, member_id))),
        masked_name=masked_name(display_name),
        tier=Tier.of(context.program, tier) if tier else None,
        accounts=partner_accounts(context, redeemable),
    )


def partner_accounts(context: RequestContext, redeemable: Mapping[str, Redeemable]) -> list[PartnerAccount]:
    program = context.program
    accounts = []
    for code, balance in redeemable.items():
        unit = Unit.of(program, code)
        accounts.append(
            PartnerAccount(
                unit=unit,
                available=unit.quantity(balance.available),
                redeemable=unit.quantity(balance.redeemable),
                worth=worth_of(program, unit.code, balance.redeemable),
            )
        )
    return accounts
