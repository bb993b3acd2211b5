"""A shop gives back what it reserved: the points return to the very lots they were pinned to (R14)."""

from __future__ import annotations

from uuid_utils.compat import uuid7

from honeyguide.transactions.desk import Desk
from honeyguide.transactions.outcomes import SettleOutcome
from honeyguide.transactions.own_hold import no_such_hold, own_authorization, settled
from honeyguide.transactions.requests import VoidRequest
from honeyguide.transactions.settle_intent import VoidIntent

OPERATION = "voidRedemption"


async def void_redemption(desk: Desk, request: VoidRequest) -> SettleOutcome:
    key = desk.key(OPERATION, request)
    authorization = await own_authorization(desk, request.member_id, request.hold_id)
    if authorization is None:
        return await no_such_hold(desk, key)
    return settled(await desk.till.submit(VoidIntent(desk.applied, uuid7(), key, authorization, desk.now)))
