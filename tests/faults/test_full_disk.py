"""The disk of PostgreSQL is full under load and has room again later: posts are put off meanwhile, none fails, none is lost."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from builders.books import open_new_books
from builders.intents import Accrue, key
from builders.journal import send
from builders.load import under_load
from builders.mutants import OUTAGE_NOT_RETRIED, mutated_python
from builders.own_cluster import OwnCluster
from builders.scene import Scene
from honeyguide.database import Database
from honeyguide.till import lane

SIZE, LEFT = "256m", 200_000
CUSTOMERS = 16


@pytest.fixture
def small_disk(data_dir: Path) -> Iterator[Path]:
    """The data folder on a small file system of its own."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0711", "honeyguide-test", str(data_dir)]
    if os.geteuid() != 0 or shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small disk is mounted for this test, and only root may mount")
    yield data_dir
    subprocess.run(["umount", "--lazy", str(data_dir)], check=True)


@pytest_asyncio.fixture
async def scene_on_it(small_disk: Path) -> AsyncIterator[Scene]:
    cluster = OwnCluster(small_disk)
    async with AsyncExitStack() as stack:
        stack.callback(cluster.close)
        await cluster.prepare()
        database = await Database.open(cluster.url, pool_size=4)
        stack.push_async_callback(database.close)
        yield Scene(database, cluster.url, cluster.superuser_url, partial(open_new_books, database), stack)


async def the_disk_is_full_for_a_while(scene: Scene, disk: Path) -> None:
    till = scene.till(lanes=2)
    members = await scene.members(CUSTOMERS)
    ends = asyncio.Event()

    async def customer(number: int) -> None:
        while not ends.is_set():
            await send(till, Accrue(members[number], 10, key(), unit=f"unit-{number}"), scene.journal)

    async with under_load(customer(number) for number in range(CUSTOMERS)) as load:
        await load.until(lambda: len(scene.journal.acknowledged) >= CUSTOMERS)
        fill(disk / "ballast")
        await load.until(lambda: scene.journal.put_off >= CUSTOMERS)
        (disk / "ballast").unlink()
        enough = len(scene.journal.acknowledged) + 10 * CUSTOMERS
        await load.until(lambda: len(scene.journal.acknowledged) >= enough)
        ends.set()
        await load.finish()

    await scene.nothing_lost()


def fill(ballast: Path) -> None:
    disk = os.statvfs(ballast.parent)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, disk.f_bavail * disk.f_frsize - LEFT)


async def test_a_full_disk_puts_posts_off_and_loses_none(scene_on_it: Scene, small_disk: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lane, "DEADLINE_SECONDS", 0.5)

    await the_disk_is_full_for_a_while(scene_on_it, small_disk)


async def test_a_lane_that_does_not_try_again_fails_posts_on_a_full_disk(scene_on_it: Scene, small_disk: Path):
    with mutated_python(OUTAGE_NOT_RETRIED), pytest.raises(asyncpg.DiskFullError):
        await the_disk_is_full_for_a_while(scene_on_it, small_disk)
