"""The web process: it starts without its database, says so, recovers by itself, and ends in order."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from builders.eventually import eventually
from builders.platform import GALLERY, Clock
from honeyguide.database import Database
from honeyguide.programs.apply_program import apply_program
from honeyguide.settings import Settings
from honeyguide.web import create_app, listen


class Wire:
    """A way to the database that can be cut: a socket path that leads there only while it is joined."""

    def __init__(self, folder: Path, target: str) -> None:
        self.path, self._target, self._server = folder / ".s.PGSQL.5432", target, None
        self._writers: list[asyncio.StreamWriter] = []

    async def join(self) -> None:
        self.path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, str(self.path))  # type: ignore[assignment]

    async def cut(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.close()
        self.path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there = await asyncio.open_unix_connection(self._target)
        self._writers += [writer, there]
        await asyncio.gather(_copy(reader, there), _copy(there_reader, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except (ConnectionError, OSError):
        pass
    finally:
        writer.close()


async def test_a_server_starts_without_its_database_says_why_and_recovers(database: Database, database_url: str, tmp_path: Path) -> None:
    if "host=" not in database_url:
        pytest.skip("the wire is cut on the embedded server's socket")
    folder = database_url.partition("host=")[2].partition("&")[0]
    wire = Wire(tmp_path, f"{folder}/.s.PGSQL.5432")
    clock = Clock()
    async with database.transaction() as connection:
        await apply_program(connection, source=GALLERY.read_text(), applied_by="test", now=clock())
    url = database_url.replace(folder, str(tmp_path))
    settings = Settings(database_url=SecretStr(url), data_dir=tmp_path, secret_key=SecretStr("s" * 40))  # type: ignore[call-arg]
    app = create_app(settings, clock)

    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http:
        down, alive = await http.get("/readyz"), await http.get("/healthz")
        await wire.join()
        up = await http.get("/readyz")

        async def known() -> bool:
            return len(app.state.services.programs.ids()) == 1

        await eventually(known)
        await wire.cut()
        cut = await http.get("/readyz")
        await wire.join()
        again = await http.get("/readyz")
        metrics = await http.get("/metrics")

    assert (down.status_code, alive.status_code) == (503, 200)
    assert "does not answer" in down.json()["why"]
    assert up.json() == {"ready": True, "why": None, "certificates": "good"}
    assert (cut.status_code, again.status_code) == (503, 200)
    assert "honeyguide_till_batch_size_bucket" in metrics.text


def serve(port: int, database_url: str, folder: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "HONEYGUIDE_PORT": str(port), "DATABASE_URL": database_url, "HONEYGUIDE_DATA_DIR": str(folder)}
    command = [sys.executable, "-c", "from honeyguide.cli import main; main()", "serve"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


async def test_a_port_in_use_is_one_clear_sentence(database_url: str, tmp_path: Path) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        process = serve(port, database_url, tmp_path)
        _, said = await asyncio.to_thread(process.communicate, timeout=30)

    assert process.returncode == 1
    assert said.strip().splitlines() == [f"Error: port {port} of 127.0.0.1 is in use: choose another with HONEYGUIDE_PORT"]


async def test_a_signal_stops_the_server_in_order(database_url: str, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = serve(port, database_url, tmp_path)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        for _ in range(400):
            await asyncio.sleep(0.1)
            try:
                if (await http.get("/readyz")).status_code == 200:
                    break
            except httpx.TransportError:
                continue
    process.send_signal(signal.SIGINT)
    _, said = await asyncio.to_thread(process.communicate, timeout=20)

    assert process.returncode == 0, said
    assert "Traceback" not in said
