"""One key, sent again and again: fifty times at once, twice in a batch, through two processes. It posts once, and everybody hears so."""

from __future__ import annotations

import asyncio

import pytest

from builders.intents import Accrue, key
from builders.interleaving import NO_WRITES
from builders.journal import send, send_all
from builders.mutants import CLAIMS_IGNORED, KEYS_OF_ONE_BATCH_IGNORED, mutated_python
from builders.scene import Scene
from honeyguide.till.outcomes import Posted

TIMES = 50


async def one_key_fifty_times_at_once(scene: Scene) -> None:
    till = scene.till(batch_size=16)
    [member] = await scene.members(1)
    once = key()

    answers = await send_all(till, [Accrue(member, 5, once) for _ in range(TIMES)], scene.journal)

    await scene.nothing_lost()
    assert sum(isinstance(answer, Posted) and not answer.replayed for answer in answers) == 1


async def one_key_twice_in_a_batch(scene: Scene) -> None:
    till = scene.till()
    [member] = await scene.members(1)
    once = key()

    answers = await asyncio.gather(*(till.submit(Accrue(member, 5, once)) for _ in range(2)), return_exceptions=True)

    assert [isinstance(answer, Posted) and answer.replayed for answer in answers] == [False, True], answers
    assert await scene.database.pool.fetchval("SELECT posted FROM account WHERE kind = 'member'") == 5


async def one_key_through_two_processes(scene: Scene) -> None:
    """The second process claims the key while the first has it, and is not yet committed."""
    one, other = scene.till(), scene.till()
    [member] = await scene.members(1)
    once = key()

    async with scene.holding(NO_WRITES) as holder:
        first = asyncio.create_task(send(one, Accrue(member, 5, once), scene.journal))
        await holder.waiting(1)
        second = asyncio.create_task(send(other, Accrue(member, 5, once), scene.journal))
        await holder.waiting(2)
        await holder.let_go()
        answers = await asyncio.gather(first, second, return_exceptions=True)

    await scene.nothing_lost()
    assert [isinstance(answer, Posted) and answer.replayed for answer in answers] == [False, True]


async def test_one_key_fifty_times_at_once_posts_once(scene: Scene):
    await one_key_fifty_times_at_once(scene)


async def test_one_key_twice_in_a_batch_posts_once(scene: Scene):
    await one_key_twice_in_a_batch(scene)


async def test_one_key_through_two_processes_posts_once(scene: Scene):
    await one_key_through_two_processes(scene)


@pytest.mark.parametrize("scenario", [one_key_fifty_times_at_once, one_key_through_two_processes])
async def test_claims_that_nobody_looks_at_post_twice(scene: Scene, scenario):
    async with scene.mutated(CLAIMS_IGNORED):
        with pytest.raises(AssertionError, match="has one key claim"):
            await scenario(scene)


@pytest.mark.parametrize("scenario", [one_key_fifty_times_at_once, one_key_twice_in_a_batch])
async def test_a_batch_that_forgets_its_own_keys_posts_twice(scene: Scene, scenario):
    with mutated_python(KEYS_OF_ONE_BATCH_IGNORED), pytest.raises(AssertionError):
        await scenario(scene)
