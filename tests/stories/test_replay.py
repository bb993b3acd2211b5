"""Real baskets through a real server: whatever is killed in the middle, nothing is lost and nothing doubled."""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import orjson
import pytest
import pytest_asyncio

from honeyguide.caller import Audience
from honeyguide.database import Database
from honeyguide.demo.foundation import Foundation, lay_foundation
from honeyguide.demo.partners import register_partners
from honeyguide.demo.ports import free_port
from honeyguide.replay.api import Api
from honeyguide.replay.figures import Figures, figures
from honeyguide.replay.journey import Journey, load_journey
from honeyguide.replay.posts import posts_of
from honeyguide.settings import load_settings

pytestmark = pytest.mark.timeout(300)

BASKETS = 150
POSTED = "SELECT count(*) FROM transaction WHERE kind = 'PURCHASE'"
SPEND = """
SELECT p.code, count(*) AS posts, sum(t.amount_minor)::bigint AS cents FROM transaction t JOIN partner p USING (program_id, partner_id)
WHERE t.kind = 'PURCHASE' GROUP BY p.code
"""


@dataclass
class Machine:
    """Processes of one installation that a test may kill."""

    database: Database
    environment: dict[str, str]
    url: str
    credentials: Path
    _started: list[asyncio.subprocess.Process] = field(default_factory=list)

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        command = (sys.executable, "-m", "honeyguide.cli", *arguments)
        process = await asyncio.create_subprocess_exec(
            *command, env=self.environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        self._started.append(process)
        return process

    async def serve(self) -> asyncio.subprocess.Process:
        process = await self.start("serve")
        async with httpx.AsyncClient() as http:
            while True:
                with suppress(httpx.TransportError):
                    if (await http.get(f"{self.url}/readyz")).status_code == 200:
                        return process
                if process.returncode is not None:
                    raise AssertionError((await process.communicate())[0].decode())
                await asyncio.sleep(0.05)

    async def replay(self, *options: str) -> asyncio.subprocess.Process:
        chosen = ("--baskets", str(BASKETS), "--credentials", str(self.credentials), *options)
        return await self.start("replay", "complete-journey", *chosen)

    async def until_posted(self, count: int) -> None:
        for _ in range(6_000):
            if await self.database.pool.fetchval(POSTED) >= count:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"{count} purchases were not posted within a minute")

    async def kill_all(self) -> None:
        for process in self._started:
            if process.returncode is None:
                process.kill()
            await process.communicate()


@pytest_asyncio.fixture
async def machine(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Machine]:
    port = free_port("127.0.0.1", 0)
    given = {"DATABASE_URL": database_url, "HONEYGUIDE_DATA_DIR": str(tmp_path), "HONEYGUIDE_PORT": str(port)}
    machine = Machine(database, {**os.environ, **given}, f"http://127.0.0.1:{port}", tmp_path / "demo.json")
    yield machine
    await machine.kill_all()


async def opened(machine: Machine, tmp_path: Path, stores: list[int]) -> tuple[Foundation, asyncio.subprocess.Process]:
    """The program is in force, the server runs, both partners are registered, and their credentials lie in a file."""
    foundation = await lay_foundation(load_settings(data_dir=tmp_path), machine.database, datetime.now(UTC))
    server = await machine.serve()
    async with httpx.AsyncClient() as http:
        operator = Api(http, machine.url, "operator", token=foundation.token(Audience.OPERATOR, "test"))
        partners = await register_partners(operator, stores)
    facts = {code: {"client_id": given.client_id, "client_secret": given.client_secret} for code, given in partners.items()}
    access = {"url": machine.url, "program_id": str(foundation.program_id), "partner": facts["grocer"], "fuel": facts["fuel"]}
    machine.credentials.write_bytes(orjson.dumps(access))
    return foundation, server


async def operators_figures(machine: Machine, foundation: Foundation) -> Figures:
    async with httpx.AsyncClient() as http:
        return await figures(Api(http, machine.url, "operator", token=foundation.token(Audience.OPERATOR, "test")))


async def test_kill_9_of_server_and_replay_in_the_middle_loses_and_doubles_nothing(machine: Machine, tmp_path: Path) -> None:
    journey = load_journey()
    foundation, server = await opened(machine, tmp_path, journey.stores)
    slowly = ("--streams", "2", "--posts-per-call", "3")

    first = await machine.replay(*slowly)
    await machine.until_posted(20)
    server.kill()
    await server.wait()
    when_the_server_died = await machine.database.pool.fetchval(POSTED)
    await machine.serve()
    await machine.until_posted(60)
    first.kill()
    await first.wait()
    when_the_replay_died = await machine.database.pool.fetchval(POSTED)
    second, said = await finished(await machine.replay(*slowly))
    third, said_again = await finished(await machine.replay())

    assert 20 <= when_the_server_died < BASKETS
    assert 60 <= when_the_replay_died < BASKETS
    assert (second, third) == (0, 0), said + said_again
    assert "0 new" in said_again
    assert await spend(machine) == expected(journey)
    assert (await operators_figures(machine, foundation)).broken == ()


async def finished(process: asyncio.subprocess.Process) -> tuple[int | None, str]:
    out, _ = await process.communicate()
    return process.returncode, out.decode()


async def spend(machine: Machine) -> dict[str, tuple[int, int]]:
    return {row["code"]: (row["posts"], row["cents"]) for row in await machine.database.pool.fetch(SPEND)}


def expected(journey: Journey) -> dict[str, tuple[int, int]]:
    posts, cents = Counter[str](), Counter[str]()
    for basket in journey.chosen(baskets=BASKETS):
        for post in posts_of(basket, journey.lines(basket), 0):
            posts[post.partner] += 1
            cents[post.partner] += post.cents
    return {partner: (posts[partner], cents[partner]) for partner in posts}
