"""A member who lost the phone gets a new card; the old one proves nothing from then on."""

from __future__ import annotations

from typing import Annotated

import strawberry

from honeyguide.api import refusal
from honeyguide.api.context import Info
from honeyguide.api.types.card import MemberCard
from honeyguide.api.types.refusals import LimitExceeded, TransactionRejected
from honeyguide.members.card import renew_card as use_case
from honeyguide.till.outcomes import Refusal
from honeyguide.transactions import outcomes


@strawberry.type(description="The card is new; what the old one shows proves nothing any more.")
class CardRenewed:
    card: MemberCard = strawberry.field(description="The new card.")


RenewCardResult = Annotated[
    CardRenewed | LimitExceeded | TransactionRejected, strawberry.union("RenewCardResult", description="What became of renewCard.")
]


async def renew_card(info: Info) -> RenewCardResult:
    context, services = info.context, info.context.services
    outcome = await use_case(services.database, services.cipher, context.caller.program_id, context.caller.member_id, context.now)
    if not isinstance(outcome, Refusal):
        return CardRenewed(card=MemberCard.of(context, context.caller.member_id, outcome))
    if outcome.code == "LIMIT_EXCEEDED":
        facts = {name: fact for name, fact in outcome.data.items() if name != "limit"}
        return refusal.limit_exceeded(context, outcomes.LimitExceeded(outcome.data["limit"], None, (), facts))
    return refusal.refused(context, outcome)
