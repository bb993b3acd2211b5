"""A shop reserves points and dies: the hold ends at its date, once, whichever of two processes sweeps first, and the points are free."""

from __future__ import annotations

import asyncio

import pytest

from builders.interleaving import NO_WRITES
from builders.journal import Journal, nothing_lost, told_by
from builders.scene import Scene
from builders.shop import Shop, a_capture, a_purchase, a_redemption, an_authorization, shop  # noqa: F401
from honeyguide.till.outcomes import Posted
from honeyguide.transactions.authorize_redemption import authorize_redemption
from honeyguide.transactions.capture_redemption import capture_redemption
from honeyguide.transactions.desk import Desk
from honeyguide.transactions.outcomes import Rejected
from honeyguide.transactions.post_transaction import post_transaction
from honeyguide.transactions.redeem import redeem
from honeyguide.transactions.sweep_due import sweep_due

TTL_SECONDS = 600


async def a_hold_is_abandoned(shop: Shop, scene: Scene, *, swept: bool = True) -> None:  # noqa: F811
    """Two sweeps want to end it at the same moment; its shop, back again, is too late."""
    journal, lookup = Journal(), await shop.lookup(await shop.member())
    await told(shop.desk("fuel"), post_transaction, a_purchase(lookup, "100.00"), journal)
    held = await told(shop.desk(), authorize_redemption, an_authorization(lookup, "80", ttl_seconds=TTL_SECONDS), journal)
    shop.clock.move(seconds=TTL_SECONDS)

    if swept:
        tills = [scene.till(shop.clock), scene.till(shop.clock)]
        async with scene.holding(NO_WRITES) as holder:
            sweeps = [asyncio.create_task(sweep_due(till, shop.database, shop.applied, shop.clock())) for till in tills]
            await holder.waiting(2)
            await holder.let_go()
            await asyncio.gather(*sweeps)
        assert await shop.database.pool.fetchval("SELECT count(*) FROM transaction WHERE kind = 'LAPSE'") == 1
    await nothing_lost(shop.database.pool, shop.applied.program_id, journal, shop.clock())

    late = await capture_redemption(shop.desk(), a_capture(held))
    assert isinstance(late, Rejected) and late.code == "HOLD_NOT_OPEN", late
    await told(shop.desk(), redeem, a_redemption(lookup, "100"), journal)


async def told(desk: Desk, use_case, request, journal: Journal) -> Posted:
    journal.send(desk.caller.scope, request.idempotency_key)
    answer = await use_case(desk, request)
    assert isinstance(answer, Posted), answer
    journal.hear(desk.caller.scope, request.idempotency_key, told_by(answer))
    return answer


async def test_an_abandoned_hold_ends_once_and_frees_its_points(shop: Shop, scene: Scene):  # noqa: F811
    await a_hold_is_abandoned(shop, scene)


async def test_a_hold_that_nobody_ends_is_missed(shop: Shop, scene: Scene):  # noqa: F811
    with pytest.raises(AssertionError, match="outlives its date"):
        await a_hold_is_abandoned(shop, scene, swept=False)
