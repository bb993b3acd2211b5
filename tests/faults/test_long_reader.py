"""Somebody reads for a long time in one snapshot while the tills post: neither waits for the other, and the snapshot is sound."""

from __future__ import annotations

import asyncio

import pytest

from builders.intents import PROGRAM, Accrue, Burn, key
from builders.journal import send, send_all
from builders.mutants import TABLE_LOCKED
from builders.scene import Scene
from honeyguide.ledger.books import broken_rows, count_transactions
from honeyguide.till import lane


async def a_long_reader_during_load(scene: Scene) -> None:
    """The proof itself reads: before, during and after the load it sees one moment, in which everything adds up."""
    one, other = (scene.till(lock_timeout_ms=200) for _ in range(2))
    members = await scene.members(8)
    await send_all(one, [Accrue(member, 1_000, key()) for member in members], scene.journal)

    async with scene.database.pool.acquire() as reader, reader.transaction(isolation="repeatable_read"):
        before = await count_transactions(reader, PROGRAM)
        await reader.execute("SELECT FROM standing")  # a lock for the whole transaction; the proof gives its own back at once

        async def customer(number: int) -> None:
            till, member = (one, other)[number % 2], members[number % 8]
            for amount in range(1, 9):
                await send(till, Accrue(member, amount, key()), scene.journal)
                await send(till, Burn(member, amount, key()), scene.journal)

        customers = asyncio.gather(*(customer(number) for number in range(16)))
        while not customers.done():
            assert await broken_rows(reader, PROGRAM) == []
            assert scene.journal.put_off == 0, "posts had to wait for a reader"
            await asyncio.sleep(0.02)
        await customers
        assert await count_transactions(reader, PROGRAM) == before
        assert scene.journal.put_off == 0, "posts had to wait for a reader"

    assert await count_transactions(scene.database.pool, PROGRAM) == before + 16 * 8 * 2
    await scene.nothing_lost()


async def test_a_long_reader_and_the_tills_do_not_wait_for_each_other(scene: Scene):
    await a_long_reader_during_load(scene)


async def test_a_till_that_locks_the_table_waits_for_the_reader(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    """A reader who looked at the standings keeps the whole table then."""
    monkeypatch.setattr(lane, "DEADLINE_SECONDS", 0.3)
    async with scene.mutated(TABLE_LOCKED):
        with pytest.raises(AssertionError, match="had to wait for a reader"):
            await a_long_reader_during_load(scene)
