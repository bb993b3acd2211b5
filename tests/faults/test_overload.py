"""Ten times what a till can hold, and a pool without a free connection: who cannot be served is asked to come back, nobody is lost."""

from __future__ import annotations

import asyncio

import pytest

from builders.intents import Accrue, key
from builders.journal import Journal, nothing_lost, send_all, told_by
from builders.mutants import QUEUE_UNBOUNDED, PythonEdit, mutated_python
from builders.scene import Scene, utc_now
from builders.shop import Shop, a_purchase, shop  # noqa: F401
from honeyguide.till.outcomes import Posted
from honeyguide.transactions.post_transaction import post_transaction

BOUND = 60
CROWD = 10 * BOUND


async def ten_times_what_the_queue_holds(scene: Scene) -> None:
    """All at once, each sent again until it is answered; whatever arrives, no more than the bound lies in memory."""
    till = scene.till(queue_bound=BOUND, batch_size=16)
    members = await scene.members(20)
    waiting = [0]

    async def watch() -> None:
        while True:
            waiting.append(len(till._lanes[0]._queue))
            await asyncio.sleep(0)

    watching = asyncio.create_task(watch())
    await send_all(till, [Accrue(members[number % 20], 1, key()) for number in range(CROWD)], scene.journal)
    watching.cancel()

    await scene.nothing_lost()
    assert max(waiting) <= BOUND, f"{max(waiting)} waited where {BOUND} may"
    assert scene.journal.put_off >= CROWD - BOUND


async def test_ten_times_the_load_is_put_off_and_not_lost(scene: Scene):
    await ten_times_what_the_queue_holds(scene)


async def test_a_queue_without_a_bound_is_noticed(scene: Scene):
    with mutated_python(QUEUE_UNBOUNDED), pytest.raises(AssertionError, match=f"waited where {BOUND} may"):
        await ten_times_what_the_queue_holds(scene)


async def a_pool_without_a_free_connection(shop: Shop, scene: Scene, patience: float) -> None:  # noqa: F811
    """Long reads hold every connection of the pool: what needs one waits; the lanes have their own and go on."""
    pool, journal = shop.database.pool, Journal()
    members = [await shop.lookup(await shop.member()) for _ in range(10)]
    requests = [a_purchase(members[number % 10]) for number in range(100)]
    [aside] = await scene.members(1)
    for lane in shop.till._lanes:
        await lane._disconnect()  # a lane that lost its connection needs a new one just then

    async def post(request) -> None:
        desk = shop.desk()
        journal.send(desk.caller.scope, request.idempotency_key)
        answer = await post_transaction(desk, request)
        assert isinstance(answer, Posted), answer
        journal.hear(desk.caller.scope, request.idempotency_key, told_by(answer))

    held = [await pool.acquire() for _ in range(pool.get_max_size())]
    posts = [asyncio.create_task(post(request)) for request in requests]
    try:
        async with asyncio.timeout(patience):
            [beside] = await send_all(shop.till, [Accrue(aside, 1, key())], scene.journal)
    except TimeoutError:
        raise AssertionError("who needs no connection of the pool waits for one") from None
    finally:
        early = [task for task in posts if task.done()]
        for connection in held:
            await pool.release(connection)
        async with asyncio.timeout(20):
            await asyncio.gather(*posts)

    assert isinstance(beside, Posted) and not early
    await nothing_lost(pool, shop.applied.program_id, journal, shop.clock())
    await scene.nothing_lost(utc_now())


async def test_a_pool_without_a_free_connection_delays_posts_and_loses_none(shop: Shop, scene: Scene):  # noqa: F811
    await a_pool_without_a_free_connection(shop, scene, patience=20)


async def test_lanes_that_share_the_pool_are_noticed(shop: Shop, scene: Scene):  # noqa: F811
    async def of_the_pool() -> object:
        async with shop.database.pool.acquire():
            return await shop.till._lanes[0]._connect()

    mutant = PythonEdit(
        "honeyguide.till.lane:Lane._connected", r"await self\._connect\(\)", "await _of_the_pool()", (("_of_the_pool", of_the_pool),)
    )
    with mutated_python(mutant), pytest.raises(AssertionError, match="waits for one"):
        await a_pool_without_a_free_connection(shop, scene, patience=0.5)
