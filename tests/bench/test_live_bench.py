"""What idle subscribers cost a server process, and how soon they hear: L1's promise of 5,000 in under 300 MB."""

from __future__ import annotations

import asyncio
import gc
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from builders.clock import Clock
from builders.live_client import LiveClient
from builders.platform import Platform, running_platform
from builders.served import TESTS, Process
from honeyguide.caller import Audience
from honeyguide.database import Database
from honeyguide.demo.ports import free_port

SUBSCRIBERS = int(os.environ.get("SUBSCRIBERS", "5000"))
OF_ONE_MEMBER = 10
ACCOUNTS = "subscription { accountChanged { id unit { code } available held debt pending pendingLots { quantity availableOn } } }"


def megabytes(process: Process) -> float:
    assert process.running is not None
    status = Path(f"/proc/{process.running.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


@asynccontextmanager
async def served(platform: Platform, database_url: str, folder: Path) -> AsyncIterator[Process]:
    environment = {
        "PYTHONPATH": os.pathsep.join([str(TESTS.parent / "src"), str(TESTS)]),
        "DATABASE_URL": database_url,
        "HONEYGUIDE_DATA_DIR": str(folder),
        "HONEYGUIDE_SECRET_KEY": "s" * 40,
        "HONEYGUIDE_PORT": str(platform.settings.port),
        "HONEYGUIDE_LOG_LEVEL": "warning",
    }
    process = Process("serve", "serves on", environment, folder / "serve.log", module="honeyguide.cli")
    await process.start()
    await asyncio.sleep(2)
    try:
        yield process
    finally:
        await process.kill()


class Listener:
    """Subscribed, and listening all the time: who answers no pings for 40 seconds is cut."""

    def __init__(self, client: LiveClient) -> None:
        self.client = client
        self.heard_at: asyncio.Queue[float] = asyncio.Queue()
        client.subscribe(ACCOUNTS)
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        while True:
            await self.client.next(600)
            self.heard_at.put_nowait(time.perf_counter())

    def gone(self) -> None:
        self._listening.cancel()
        self.client.gone()


@pytest.mark.bench
@pytest.mark.timeout(600)
async def test_idle_subscribers_of_a_process(database: Database, database_url: str, tmp_path: Path) -> None:
    """L1."""
    port = free_port("127.0.0.1", 0)
    url = f"http://127.0.0.1:{port}/member/graphql"
    async with running_platform(database, database_url, tmp_path, clock=Clock(datetime.now(UTC)), port=port) as platform:
        emails = [f"member{number}@example.test" for number in range(-(-SUBSCRIBERS // OF_ONE_MEMBER))]
        members = [await platform.enrol(email) for email in emails]
        tokens = [platform.token(Audience.MEMBER, str(member)) for member in members]
        for email in emails[:100]:
            await platform.post("10.00", email=email)
        async with served(platform, database_url, tmp_path) as process:
            before, started = megabytes(process), time.perf_counter()
            listeners: list[Listener] = []
            for start in range(0, SUBSCRIBERS, 50):
                entering = (LiveClient.entered(url, tokens[n % len(tokens)]) for n in range(start, min(start + 50, SUBSCRIBERS)))
                listeners += map(Listener, await asyncio.gather(*entering))
            for listener in (listeners[n] for n in range(SUBSCRIBERS) if n % len(tokens) < 100):
                await listener.heard_at.get()
            connected = time.perf_counter() - started
            gc.collect()
            gc.freeze()  # this process's own pauses are not the server's
            await asyncio.sleep(7)
            after = megabytes(process)
            print(
                f"\n{SUBSCRIBERS} subscribers: {before:.0f} MB before, {after:.0f} MB with them, "
                f"{(after - before) * 1024 * 1024 / SUBSCRIBERS:.0f} bytes each, connected in {connected:.1f} s"
            )
            delays = await heard(platform, emails[:60], listeners, len(tokens))
            print(
                f"from commit to frame: p50 {delays[len(delays) // 2] * 1000:.1f} ms, p99 {delays[int(len(delays) * 0.99)] * 1000:.1f} ms"
            )
            gc.unfreeze()
            for listener in listeners:
                listener.gone()
            # The whole process counts, not what it grew by; another number of subscribers is judged as if it were 5,000.
            assert before + (after - before) * 5_000 / SUBSCRIBERS < 300


async def heard(platform: Platform, emails: list[str], listeners: list[Listener], members: int) -> list[float]:
    """Seconds from the answer of a post to the frame at each of the member's subscribers; one post at a time."""
    delays = []
    for number, email in enumerate(emails):
        mine = listeners[number::members]
        await platform.post("3.00", email=email)
        answered = time.perf_counter()
        delays += [await listener.heard_at.get() - answered for listener in mine]
        await asyncio.sleep(0.15)
    return sorted(delays)
