"""A town: a server and its worker with simulated APNs, Google and phones around them, all on real ports and by the wall clock."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from builders.platform import ENROL, Clock, Platform, key, running_platform
from honeyguide.database import Database
from honeyguide.testing.apns import ApnsSimulator
from honeyguide.testing.google import GoogleSimulator
from honeyguide.testing.iphone import VirtualIPhone
from honeyguide.testing.serving import Serving
from honeyguide.wallet.certificates.of_settings import development_certificates
from honeyguide.wallet.google.account import development_service_account
from honeyguide.worker import work


class WallClock(Clock):
    """Phones judge signatures by the real time."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True)
class World:
    """What is not ours and outlives a server: Apple, Google, and the address that passes name."""

    apns: ApnsSimulator
    google: GoogleSimulator
    ca: Path
    folder: Path
    port: int

    @property
    def wired(self) -> dict[str, Any]:
        """Settings by which a server finds it."""
        return {
            "port": self.port,
            "apple_apns_host": "127.0.0.1",
            "apple_apns_port": self.apns.port,
            "google_api_url": self.google.api_url,
            "google_token_url": self.google.token_url,
            "google_save_url": self.google.save_url,
            "google_keys_url": self.google.keys_url,
        }

    def hears(self, iphone: VirtualIPhone) -> None:
        """Let pushes reach this phone."""
        self.apns.connect(iphone.push_token, lambda push: iphone.on_push(push.topic))  # type: ignore[arg-type,return-value]


@dataclass
class Town:
    """A server, and a worker that can be switched off and on."""

    platform: Platform
    world: World
    said: list[str] = field(default_factory=list)
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _working: asyncio.Task[None] | None = None

    def work(self) -> None:
        self._stop = asyncio.Event()
        self._working = asyncio.create_task(work(self.platform.settings, self._stop))

    async def rest(self) -> None:
        self._stop.set()
        if self._working is not None:
            await self._working
            self._working = None

    async def add_url(self, email: str) -> str:
        given = {"idempotencyKey": key(), "email": email, "locale": "en"}
        answer = await self.platform.as_partner("grocer", ENROL, {"input": given})
        return str(answer["enrollMember"]["addUrl"])

    async def member_id(self, email: str) -> UUID:
        pool = self.platform.services.database.pool
        member_id: UUID = await pool.fetchval("SELECT member_id FROM identifier WHERE kind = 'email' AND value = $1", email)
        return member_id

    async def me(self, email: str, fields: str) -> dict[str, Any]:
        """What the member's app reads."""
        answer = await self.platform.as_member(await self.member_id(email), f"{{ me {{ {fields} }} }}")
        return dict(answer["me"])


@asynccontextmanager
async def world_around(folder: Path) -> AsyncIterator[World]:
    """Simulated Apple and Google, which know the keys that this data folder gets."""
    files = development_certificates(folder, "pass.test.honeyguide.membership", "HONEYGUIDE", datetime.now(UTC))
    assert files.apns_certificate is not None
    assert files.apns_key is not None
    assert files.ca is not None
    apns = ApnsSimulator(certificate=files.apns_certificate, key=files.apns_key, client_ca=files.signing.intermediate)
    google = GoogleSimulator(development_service_account(folder))
    await apns.start()
    await google.start()
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    yield World(apns, google, files.ca, folder, port)
    await google.stop()
    await apns.stop()


@asynccontextmanager
async def running_town(database_url: str, world: World) -> AsyncIterator[Town]:
    """A server at the world's port with its worker at rest; both end with the block."""
    database = await Database.open(database_url, pool_size=2)
    try:
        async with running_platform(database, database_url, world.folder, clock=WallClock(), **world.wired) as platform:
            serving = await Serving.start(platform.app, "127.0.0.1", world.port)
            town = Town(platform, world)
            try:
                yield town
            finally:
                await town.rest()
                await serving.stop()
    finally:
        await database.close()


async def until(condition: Callable[[], bool], seconds: float = 15.0) -> float:
    """How long it took, at most so many seconds."""
    begun = time.monotonic()
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  a simulated phone sets no event
            await asyncio.sleep(0.005)
    return time.monotonic() - begun
