"""A member's points are reserved for a shop that is about to take them: available falls, nothing is redeemed yet (R14)."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from honeyguide.transactions.authorize_intent import AuthorizeIntent
from honeyguide.transactions.desk import Desk
from honeyguide.transactions.outcomes import RedeemOutcome, Rejected
from honeyguide.transactions.redeem import ask_to_burn
from honeyguide.transactions.requests import AuthorizeRequest

OPERATION = "authorizeRedemption"
# A day: long enough for an order that is picked overnight; who forgets a hold must not lock a member's points for longer.
LONGEST_SECONDS = 86_400


async def authorize_redemption(desk: Desk, request: AuthorizeRequest) -> RedeemOutcome:
    """Decided as a redemption is; a reference serves one of the two."""
    if not 1 <= request.ttl_seconds <= LONGEST_SECONDS:
        return Rejected("INVALID_VALUE", ("ttlSeconds",), facts={"most": str(LONGEST_SECONDS)})
    intent = partial(AuthorizeIntent, lasts=timedelta(seconds=request.ttl_seconds), asks=request.ask_approval)
    return await ask_to_burn(desk, OPERATION, request, desk.now, intent)
