"""One item of a batch that the database refuses to store: the 255 others pass, and only its own caller hears of it."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from builders.intents import Accrue, key
from builders.journal import send, send_all
from builders.mutants import POISON_NOT_HALVED, mutated_python
from builders.scene import Scene

GOOD = 255


async def one_poison_item_among_good_ones(scene: Scene) -> None:
    till = scene.till(batch_size=GOOD + 1)
    members = await scene.members(GOOD + 1)
    poison = Accrue(members[100], 1, key(), unit="poi\0son")  # no text of PostgreSQL holds a NUL

    good = send_all(till, [Accrue(member, 1, key()) for member in members if member is not members[100]], scene.journal)
    answers = await asyncio.gather(good, till.submit(poison), return_exceptions=True)

    assert isinstance(answers[0], list), f"good ones were refused for it: {answers[0]!r}"
    assert isinstance(answers[1], asyncpg.DataError)
    assert await scene.database.pool.fetchval("SELECT count(*) FROM claim WHERE key = $1", poison.key.key) == 0
    await scene.nothing_lost()


async def test_a_poison_item_costs_its_255_neighbours_nothing(scene: Scene):
    await one_poison_item_among_good_ones(scene)


async def test_the_same_key_with_a_sound_body_is_free_after_poison(scene: Scene):
    [member] = await scene.members(1)
    till, once = scene.till(), key()

    with pytest.raises(asyncpg.DataError):
        await till.submit(Accrue(member, 1, once, unit="poi\0son"))
    await send(till, Accrue(member, 1, once), scene.journal)

    await scene.nothing_lost()


async def test_a_batch_that_is_not_halved_is_refused_for_one_of_its_items(scene: Scene):
    with mutated_python(POISON_NOT_HALVED), pytest.raises(AssertionError, match="good ones were refused"):
        await one_poison_item_among_good_ones(scene)
