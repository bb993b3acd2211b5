"""Twenty times, at moments that nobody chose, server and worker or PostgreSQL are killed under load; the books never notice.

HONEYGUIDE_KILL_ROUNDS sets how often, HONEYGUIDE_KILL_SEED repeats a run.
"""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import time
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from builders.journal import nothing_lost
from builders.load import under_load
from builders.own_cluster import OwnCluster, own_cluster, own_scene  # noqa: F401
from builders.scene import Scene, utc_now
from builders.served import Installation, Process, RemoteTill, at_rest, installed

ROUNDS = int(os.environ.get("HONEYGUIDE_KILL_ROUNDS", "20"))
SEED = os.environ.get("HONEYGUIDE_KILL_SEED") or secrets.token_hex(4)
MEMBERS, TILLS, ANSWERS_AFTER_IT = 24, 32, 100


@pytest.mark.long
@pytest.mark.timeout(3600)
async def test_no_kill_loses_or_doubles_anything(own_scene: Scene, own_cluster: OwnCluster, tmp_path: Path):  # noqa: F811
    chance = random.Random(SEED)
    async with AsyncExitStack() as stack:
        there = await stack.enter_async_context(installed(own_scene.database, own_cluster.url, tmp_path, MEMBERS, passes=True))
        server = await stack.enter_async_context(there.running("serve"))
        worker = await stack.enter_async_context(there.running("worker"))
        tills = [await stack.enter_async_context(RemoteTill(there)) for _ in range(TILLS)]
        for number in range(1, ROUNDS + 1):
            began, before = time.monotonic(), len(there.journal.acknowledged)
            await one_round(there, tills, [server, worker] if number % 2 else own_cluster, chance)
            await at_rest(own_scene.database, there.program_id, 30)
            await nothing_lost(own_scene.database.pool, there.program_id, there.journal, utc_now())
            acknowledged = len(there.journal.acknowledged) - before
            what = "server and worker" if number % 2 else "PostgreSQL"
            print(f"round {number:3}: {what:17} killed, {acknowledged:5} acknowledged, none lost, {time.monotonic() - began:4.1f} s")

    print(
        f"seed {SEED}: {ROUNDS} kills, {len(there.journal.acknowledged):,} keys acknowledged, {there.journal.put_off:,} sent again, "
        f"0 lost, 0 doubled, {own_cluster.deadlocks} deadlocks"
    )
    assert own_cluster.deadlocks == 0


async def one_round(there: Installation, tills: list[RemoteTill], victim: list[Process] | OwnCluster, chance: random.Random) -> None:
    """Load, a kill at some moment of it, a start, and load that goes on until it flows again."""
    ends, journal = asyncio.Event(), there.journal

    async def shop(till: RemoteTill) -> None:
        while not ends.is_set():
            member, what = chance.choice(there.numbers), chance.random()
            if what < 0.2:
                await till.redeem(member, "7")
            elif what < 0.4 and (hold := await till.reserve(member, "9")):
                await (till.capture(hold, "6") if chance.random() < 0.6 else till.void(hold))
            elif (bought := await till.buy(member, f"{chance.randint(1, 90)}.00")) and what > 0.8:
                await till.take_back(bought, "0.50")

    async with under_load(shop(till) for till in tills) as load:
        flowing = len(journal.acknowledged) + ANSWERS_AFTER_IT
        await load.until(lambda: len(journal.acknowledged) >= flowing)
        await asyncio.sleep(chance.uniform(0, 0.5))
        if isinstance(victim, OwnCluster):
            victim.kill()
            await asyncio.sleep(chance.uniform(0, 0.5))
            await asyncio.to_thread(victim.start)
        else:
            await asyncio.gather(*(process.kill() for process in victim))
            await asyncio.gather(*(process.start() for process in victim))
        flowing = len(journal.acknowledged) + ANSWERS_AFTER_IT
        await load.until(lambda: len(journal.acknowledged) >= flowing)
        ends.set()
        await load.finish()
