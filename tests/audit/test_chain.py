"""The worker links what was done, and the metrics tell when nobody does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from builders.platform import Platform, running_platform
from builders.town import WallClock
from honeyguide.audit.verify import verify
from honeyguide.database import Database
from honeyguide.worker import work

LOOK = '{ members(search: "anna@example.test") { edges { cursor } } }'


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest_asyncio.fixture
async def platform(database: Database, database_url: str, home: Path) -> AsyncIterator[Platform]:
    async with running_platform(database, database_url, home, clock=WallClock()) as platform:
        yield platform


async def test_metrics_tell_how_many_rows_wait_for_their_links_until_a_worker_comes(platform: Platform) -> None:
    await platform.as_operator(LOOK)
    waiting = (await platform.http.get("/metrics")).text

    stop = asyncio.Event()
    working = asyncio.create_task(work(platform.settings, stop))
    async with asyncio.timeout(30):
        while await platform.services.database.pool.fetchval("SELECT count(*) FROM audit_waiting"):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    stop.set()
    await working
    done = (await platform.http.get("/metrics")).text

    assert "honeyguide_audit_unchained 2.0\n" in waiting  # the program's first version, and the look
    assert "honeyguide_audit_unchained 0.0\n" in done
    assert "honeyguide_audit_unchained_age_seconds 0.0\n" in done
    verified = await verify(platform.services.database.pool, platform.program_id, platform.clock())
    assert (verified.links, verified.broken) == (2, ())
