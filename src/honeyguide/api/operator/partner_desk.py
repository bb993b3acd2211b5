"""The desk of a partner where an operator stands in: what he decides there is kept under his own keys."""

from __future__ import annotations

from uuid import UUID

from honeyguide.api.context import RequestContext
from honeyguide.coalition.partner import Partner
from honeyguide.transactions.desk import Desk


async def desk_at(context: RequestContext, partner_id: UUID) -> Desk | None:
    """None for a partner that is not of this program."""
    partner = await context.partner(partner_id)
    return None if partner is None else desk_of_partner(context, partner)


def desk_of_partner(context: RequestContext, partner: Partner) -> Desk:
    services = context.services
    return Desk(
        services.database,
        services.till,
        context.applied,
        context.caller,
        partner,
        context.lookup_policy,
        services.claims,
        context.now,
        services.programs,
        services.watch,
    )
