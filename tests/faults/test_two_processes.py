"""Two app processes want the same points at the same moment: who waited for the lock decides on what the other one left."""

from __future__ import annotations

import asyncio

import pytest

from builders.intents import Accrue, Burn, key
from builders.interleaving import NO_WRITES
from builders.journal import send
from builders.mutants import LOCKS_DROPPED, LOT_MOVE_SKIPPED, READ_IN_THE_LOCKING_STATEMENT
from builders.scene import Scene
from honeyguide.till.outcomes import Posted, Refused


async def two_processes_burn_the_same_points(scene: Scene) -> None:
    """80 of 100 points, twice: the second batch has begun, and waits for the first, before the first has written anything."""
    one, other = scene.till(), scene.till()
    [member] = await scene.members(1)
    await send(one, Accrue(member, 100, key()), scene.journal)

    async with scene.holding(NO_WRITES) as holder:
        first = asyncio.create_task(send(one, Burn(member, 80, key()), scene.journal))
        await holder.waiting(1)
        second = asyncio.create_task(send(other, Burn(member, 80, key()), scene.journal))
        await holder.waiting(2)
        await holder.let_go()
        answers = await asyncio.gather(first, second, return_exceptions=True)

    await scene.nothing_lost()
    assert [type(answer) for answer in answers] == [Posted, Refused]


async def test_points_wanted_by_two_processes_at_once_are_burned_once(scene: Scene):
    await two_processes_burn_the_same_points(scene)


async def test_without_the_lock_somebody_is_not_served(scene: Scene):
    """The index on a member's versions keeps even then the books from harm: one of the two hears of a broken constraint."""
    async with scene.mutated(LOCKS_DROPPED):
        with pytest.raises(AssertionError, match="was never answered"):
            await two_processes_burn_the_same_points(scene)


async def test_lots_read_in_the_statement_that_waits_for_the_lock_are_burned_twice(scene: Scene):
    async with scene.mutated(*READ_IN_THE_LOCKING_STATEMENT):
        with pytest.raises(AssertionError, match="a lot is what its moves made it"):
            await two_processes_burn_the_same_points(scene)

    assert await scene.database.pool.fetchval("SELECT posted FROM account WHERE kind = 'member'") == 100 - 80 - 80


async def test_a_move_that_is_not_written_is_missed(scene: Scene):
    async with scene.mutated(LOT_MOVE_SKIPPED):
        with pytest.raises(AssertionError, match="a lot is what its moves made it"):
            await two_processes_burn_the_same_points(scene)
