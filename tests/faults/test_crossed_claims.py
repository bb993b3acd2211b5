"""Deadlock bait: two processes claim the same keys and references in opposite order. 40P01 never occurs; it is not retried away."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import asyncpg
import pytest

from builders.intents import PROGRAM, Accrue, key, reference
from builders.journal import send_all
from builders.mutants import CLAIMS_UNSORTED, REFERENCES_UNSORTED
from builders.scene import Scene
from honeyguide.till.intent import Key, Reference

# The middle one is held by somebody else, so that either process has its first claim before it wants its last.
FIRST, MIDDLE, LAST = "crossed-1", "crossed-2", "crossed-3"


async def claims_crossed(scene: Scene, named: Sequence[tuple[Key, Reference | None]], held: Key | Reference) -> None:
    """One process claims from first to last, the other from last to first, each in one batch for members of its own."""
    tills = [scene.till(), scene.till()]
    members = await scene.members(2 * len(named))
    orders = (named, [(again_under_own_key(one), ref) if ref else (one, ref) for one, ref in reversed(named)])
    claim = f"INSERT INTO claim (program_id, key, scope, claimed_at) VALUES ('{PROGRAM}', '{held.key}', '{held.scope}', now())"

    async with scene.holding(claim) as holder:
        jobs = []
        for number, (till, order) in enumerate(zip(tills, orders, strict=True)):
            whose = iter(members[number * len(named) :])
            intents = [Accrue(next(whose), 1, one, ref) for one, ref in order]
            jobs.append(asyncio.create_task(send_all(till, intents, scene.journal)))
            await holder.waiting(number + 1)
        await holder.let_go()
        answers = await asyncio.gather(*jobs, return_exceptions=True)

    assert not [answer for answer in answers if isinstance(answer, asyncpg.DeadlockDetectedError)], "40P01"
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    await scene.nothing_lost()


def again_under_own_key(one: Key) -> Key:
    return key(f"{one.key}-of-the-other")


async def keys_crossed(scene: Scene) -> None:
    await claims_crossed(scene, [(key(one), None) for one in (FIRST, MIDDLE, LAST)], held=key(MIDDLE))


async def references_crossed(scene: Scene) -> None:
    """Keys in order and references crossed: sorting keys alone gave a deadlock in a trial."""
    named = [(key(f"{number}-own-key"), reference(one)) for number, one in enumerate((FIRST, MIDDLE, LAST))]
    await claims_crossed(scene, named, held=reference(MIDDLE))


async def test_keys_crossed_in_two_batches_do_not_deadlock(scene: Scene):
    await keys_crossed(scene)


async def test_references_crossed_in_two_batches_do_not_deadlock(scene: Scene):
    await references_crossed(scene)


async def test_keys_claimed_as_they_come_deadlock(scene: Scene):
    async with scene.mutated(CLAIMS_UNSORTED):
        with pytest.raises(AssertionError, match="40P01"):
            await keys_crossed(scene)


@pytest.mark.parametrize("mutant", [CLAIMS_UNSORTED, REFERENCES_UNSORTED], ids=["all unsorted", "only keys sorted"])
async def test_references_claimed_as_they_come_deadlock(scene: Scene, mutant):
    async with scene.mutated(mutant):
        with pytest.raises(AssertionError, match="40P01"):
            await references_crossed(scene)
