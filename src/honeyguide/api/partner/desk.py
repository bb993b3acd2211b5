"""The desk of the partner that calls."""

from __future__ import annotations

import math

from honeyguide.api.context import RequestContext
from honeyguide.api.problems import Forbidden, Throttled
from honeyguide.coalition import partner as coalition
from honeyguide.transactions.desk import Desk


async def own_partner(context: RequestContext) -> coalition.Partner:
    registered = await context.partner(context.caller.partner_id)
    if registered is None:
        raise Forbidden("This partner is not part of the program.")
    return registered


async def desk_of(context: RequestContext, location: str | None = None) -> Desk:
    """What the use cases need; raises Forbidden for a partner that was never registered, Throttled for one that guesses."""
    services, caller = context.services, context.caller
    registered = await own_partner(context)
    if location is not None and location not in registered.locations:
        # It may have been added by another process a moment ago.
        await services.partners.location(caller.program_id, registered.partner_id, location)
        registered = await own_partner(context)
    return Desk(
        services.database,
        services.till,
        context.applied,
        caller,
        registered,
        context.lookup_policy,
        services.claims,
        context.now,
        services.programs,
        services.watch,
    )


def check_misses(context: RequestContext) -> None:
    """Raise Throttled for a credential that named nobody too often: who tries numbers must not find members."""
    wait = context.services.misses.wait(context.caller, context.address)
    if wait > 0:
        raise Throttled("Too many lookups found nobody; try again later.", math.ceil(wait))


def count_miss(context: RequestContext) -> None:
    context.services.misses.missed(context.caller, context.address, 1)
