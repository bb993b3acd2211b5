"""The clocks of two app processes are a day apart: keys, versions and dates hold, for nothing is decided by comparing two clocks."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from builders.intents import Accrue, Burn, key, reference
from builders.journal import send, send_all
from builders.mutants import CLAIMS_FORGOTTEN_BY_THE_CLOCK
from builders.scene import Scene, utc_now
from builders.shop import Shop, a_purchase, a_redemption, shop  # noqa: F401
from honeyguide.ledger.books import broken_rows
from honeyguide.till.outcomes import Posted, ReferenceTaken
from honeyguide.transactions.outcomes import InsufficientBalance
from honeyguide.transactions.post_transaction import post_transaction
from honeyguide.transactions.redeem import redeem
from honeyguide.transactions.sweep_due import sweep_due

DAY = timedelta(days=1)


async def two_processes_a_day_apart(scene: Scene) -> None:
    """Each key goes through both; members earn at one and redeem at the other."""
    slow, fast = scene.till(), scene.till(lambda: utc_now() + DAY)
    members = await scene.members(4)
    intents = [Accrue(member, 100, key(), reference(f"receipt-{number}")) for number, member in enumerate(members)]

    first = await send_all(slow, intents, scene.journal)
    again = await send_all(fast, intents, scene.journal)
    renamed = await send_all(fast, [Accrue(one.member_id, 100, key(), one.reference) for one in intents], scene.journal)
    burned = await asyncio.gather(
        *(send((fast, slow)[number % 2], Burn(member, 30, key()), scene.journal) for member in members for number in range(4))
    )

    await scene.nothing_lost(utc_now() + 2 * DAY)
    assert all(isinstance(one, Posted) and not one.replayed for one in first)
    assert all(isinstance(one, Posted) and one.replayed for one in again)
    assert all(isinstance(one, ReferenceTaken) for one in renamed)
    assert sum(isinstance(one, Posted) for one in burned) == 3 * len(members)


async def test_a_day_between_two_clocks_doubles_and_loses_nothing(scene: Scene):
    await two_processes_a_day_apart(scene)


async def test_points_that_a_fast_clock_expired_are_not_sold_by_a_slow_one(shop: Shop, scene: Scene):  # noqa: F811
    """Whoever's clock comes first posts the expiry; the slow one, for whom the day has not come, finds the lot empty."""
    lookup = await shop.lookup(await shop.member())
    await post_transaction(shop.desk(), a_purchase(lookup, "50.00"))
    shop.clock.now = await shop.database.pool.fetchval("SELECT expires_at FROM lot WHERE unit = 'points'") - DAY / 2
    fast = scene.till(lambda: shop.clock() + DAY)

    await sweep_due(fast, shop.database, shop.applied, shop.clock() + DAY)
    redeemed = await redeem(shop.desk(), a_redemption(lookup, "10"))

    assert isinstance(redeemed, InsufficientBalance) and redeemed.available == 0
    assert await broken_rows(shop.database.pool, shop.applied.program_id) == []


async def test_keys_that_are_forgotten_after_an_hour_by_somebodys_clock_post_twice(scene: Scene):
    async with scene.mutated(CLAIMS_FORGOTTEN_BY_THE_CLOCK):
        with pytest.raises(AssertionError, match="has one key claim"):
            await two_processes_a_day_apart(scene)
