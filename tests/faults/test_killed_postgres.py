"""PostgreSQL is killed with -9 under load and started again: what was acknowledged is there, what was not is sent again, all of it once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from builders.intents import Accrue, Burn, key
from builders.journal import send
from builders.load import under_load
from builders.mutants import ANSWER_BEFORE_COMMIT, mutated_python
from builders.own_cluster import OwnCluster, own_cluster, own_scene  # noqa: F401
from builders.scene import Scene

CUSTOMERS, ROUNDS, KILLED_AFTER = 12, 4, 50


async def postgres_is_killed_under_load(scene: Scene, cluster: OwnCluster) -> None:
    """Right after somebody heard an answer; from then on only recovery can know of it."""
    till = scene.till(lanes=2)
    members = await scene.members(CUSTOMERS)
    cluster.freeze("walwriter", "checkpointer", "background writer")

    async def customer(number: int) -> None:
        for _ in range(ROUNDS):
            await send(till, Accrue(members[number], 10, key()), scene.journal)
            await send(till, Burn(members[number], 5, key()), scene.journal)

    async with under_load(customer(number) for number in range(CUSTOMERS)) as load:
        await load.until(lambda: len(scene.journal.acknowledged) >= KILLED_AFTER)
        cluster.kill()
        acknowledged = len(scene.journal.acknowledged)
        await asyncio.to_thread(cluster.start)
        await load.finish()

    assert acknowledged < len(scene.journal.told) == CUSTOMERS * ROUNDS * 2
    await scene.nothing_lost()
    assert cluster.deadlocks == 0


@asynccontextmanager
async def synchronous_commit_off(cluster: OwnCluster) -> AsyncIterator[None]:
    connection = await asyncpg.connect(cluster.superuser_url)
    await connection.execute("ALTER DATABASE honeyguide SET synchronous_commit = off")
    await connection.close()
    try:
        yield
    finally:
        connection = await asyncpg.connect(cluster.superuser_url)
        await connection.execute("ALTER DATABASE honeyguide RESET synchronous_commit")
        await connection.close()


async def test_what_postgresql_acknowledged_survives_kill_9(own_scene: Scene, own_cluster: OwnCluster):  # noqa: F811
    await postgres_is_killed_under_load(own_scene, own_cluster)


async def test_commits_that_do_not_wait_for_the_disk_are_missed(own_scene: Scene, own_cluster: OwnCluster):  # noqa: F811
    async with synchronous_commit_off(own_cluster):
        with pytest.raises(AssertionError, match=r"left nothing|found None"):
            await postgres_is_killed_under_load(own_scene, own_cluster)


async def test_answers_that_do_not_wait_for_the_commit_are_missed(own_scene: Scene, own_cluster: OwnCluster):  # noqa: F811
    with mutated_python(ANSWER_BEFORE_COMMIT), pytest.raises(AssertionError, match="left nothing"):
        await postgres_is_killed_under_load(own_scene, own_cluster)
