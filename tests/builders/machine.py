"""One installation as processes that a test may kill, each command as an operator would start it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import orjson

from honeyguide.caller import Audience
from honeyguide.database import Database
from honeyguide.demo.foundation import Foundation, lay_foundation
from honeyguide.demo.partners import register_partners
from honeyguide.demo.ports import free_port
from honeyguide.replay.api import Api
from honeyguide.settings import load_settings

POSTED = "SELECT count(*) FROM transaction WHERE kind = 'PURCHASE'"


@dataclass
class Machine:
    """Processes of one installation that a test may kill."""

    database: Database
    environment: dict[str, str]
    url: str
    folder: Path
    phones_url: str = ""
    _started: list[asyncio.subprocess.Process] = field(default_factory=list)
    _said: dict[int, Path] = field(default_factory=dict)

    @property
    def credentials(self) -> Path:
        return self.folder / "demo.json"

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        command = (sys.executable, "-m", "honeyguide.cli", *arguments)
        said = self.folder / f"{len(self._started)}-{arguments[0]}.log"  # a file never fills up, as a pipe would that nobody reads
        with said.open("wb") as log:
            process = await asyncio.create_subprocess_exec(*command, env=self.environment, stdout=log, stderr=asyncio.subprocess.STDOUT)
        self._started.append(process)
        self._said[process.pid] = said
        return process

    async def serve(self) -> asyncio.subprocess.Process:
        process = await self.start("serve")
        async with httpx.AsyncClient() as http:
            while True:
                with suppress(httpx.TransportError):
                    if (await http.get(f"{self.url}/readyz")).status_code == 200:
                        return process
                if process.returncode is not None:
                    raise AssertionError(self.said(process))
                await asyncio.sleep(0.05)

    async def simulate_wallets(self) -> None:
        """Apple, Google and their phones; to be called before anything else is started, which must know their addresses."""
        apns, google = free_port("127.0.0.1", 0), free_port("127.0.0.1", 0)
        self.phones_url = f"http://127.0.0.1:{google}"
        self.environment |= {
            "HONEYGUIDE_APPLE_APNS_HOST": "127.0.0.1",
            "HONEYGUIDE_APPLE_APNS_PORT": str(apns),
            "HONEYGUIDE_GOOGLE_API_URL": f"{self.phones_url}/walletobjects/v1",
            "HONEYGUIDE_GOOGLE_TOKEN_URL": f"{self.phones_url}/token",
            "HONEYGUIDE_GOOGLE_KEYS_URL": f"{self.phones_url}/gp/m/issuer/keys",
            "HONEYGUIDE_GOOGLE_SAVE_URL": f"{self.phones_url}/gp/v/save",
        }
        await self.start("simulators", "--apns-port", str(apns), "--google-port", str(google))

    async def replay(self, *options: str) -> asyncio.subprocess.Process:
        return await self.start("replay", "complete-journey", "--credentials", str(self.credentials), *options)

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
            await process.wait()

    async def finished(self, process: asyncio.subprocess.Process) -> tuple[int | None, str]:
        await process.wait()
        return process.returncode, self.said(process)

    def said(self, process: asyncio.subprocess.Process) -> str:
        return self._said[process.pid].read_text()


@asynccontextmanager
async def installation(database: Database, database_url: str, folder: Path) -> AsyncIterator[Machine]:
    """Nothing runs yet; what was started is killed in the end."""
    port = free_port("127.0.0.1", 0)
    given = {"DATABASE_URL": database_url, "HONEYGUIDE_DATA_DIR": str(folder), "HONEYGUIDE_PORT": str(port), "COLUMNS": "200"}
    machine = Machine(database, {**os.environ, **given}, f"http://127.0.0.1:{port}", folder)
    try:
        yield machine
    finally:
        await machine.kill_all()


async def opened(machine: Machine, stores: list[int]) -> tuple[Foundation, asyncio.subprocess.Process]:
    """The program is in force, the server runs, both partners are registered, and their credentials lie in a file."""
    foundation = await lay_foundation(load_settings(data_dir=machine.folder), machine.database, datetime.now(UTC))
    server = await machine.serve()
    async with httpx.AsyncClient() as http:
        operator = Api(http, machine.url, "operator", token=foundation.token(Audience.OPERATOR, "test"))
        partners = await register_partners(operator, stores)
    facts = {code: {"client_id": given.client_id, "client_secret": given.client_secret} for code, given in partners.items()}
    access = {"url": machine.url, "program_id": str(foundation.program_id), "partner": facts["grocer"], "fuel": facts["fuel"]}
    access["operator"] = {"token": foundation.token(Audience.OPERATOR, "test")}
    machine.credentials.write_bytes(orjson.dumps(access))
    return foundation, server
