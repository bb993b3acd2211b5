"""The embedded server: shared by processes, ended by the last, taken up again after kill -9."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import pytest

from builders.own_cluster import put_prepared
from honeyguide.database import Database, running_database
from honeyguide.database.embedded import SUPERUSER, EmbeddedServer
from honeyguide.settings import Settings

pytestmark = pytest.mark.skipif("TEST_DATABASE_URL" in os.environ, reason="this run is about another server")

HOLD = """
import pathlib, sys, time
from honeyguide.database.embedded import EmbeddedServer
server = EmbeddedServer.open(pathlib.Path(sys.argv[1]))
print(server.pid, flush=True)
sys.stdin.read()
server.close()
"""


def test_the_last_handle_stops_the_server(data_dir: Path) -> None:
    first = EmbeddedServer.open(data_dir)
    second = EmbeddedServer.open(data_dir)
    pid = first.pid

    first.close()
    still_there = second.pid
    second.close()

    assert still_there == pid
    assert second.pid is None


def test_a_second_process_joins_the_running_server_and_may_leave_first(data_dir: Path) -> None:
    put_prepared(data_dir)
    with EmbeddedServer.open(data_dir) as server, holder(data_dir) as other:
        assert int(said(other)) == server.pid
        other.communicate("")
        assert other.returncode == 0
        assert server.pid is not None


def test_a_server_survives_kill_9_of_its_holder_and_is_ended_by_the_next(data_dir: Path) -> None:
    put_prepared(data_dir)
    with holder(data_dir) as other:
        pid = int(said(other))
        other.send_signal(signal.SIGKILL)
        other.wait()

    left_running = EmbeddedServer(data_dir).pid
    server = EmbeddedServer.open(data_dir)
    taken_up = server.pid
    server.close()

    assert left_running == taken_up == pid
    assert server.pid is None


async def test_a_killed_server_recovers_with_what_was_committed(data_dir: Path) -> None:
    put_prepared(data_dir)
    server = EmbeddedServer.open(data_dir)
    connection = await asyncpg.connect(server.url(SUPERUSER))
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # it would after a power cut, too
        assert await connection.fetchval("SELECT current_setting($1)", setting) == "on"
    await connection.execute("CREATE TABLE kept (it int); INSERT INTO kept VALUES (1)")
    before = server.pid
    assert before is not None

    os.kill(before, signal.SIGKILL)
    while server.pid is not None:
        time.sleep(0.01)  # noqa: ASYNC251 - nothing else runs here
    with EmbeddedServer.open(data_dir) as again:
        connection = await asyncpg.connect(again.url(SUPERUSER))
        kept = await connection.fetchval("SELECT it FROM kept")
        await connection.close()
        assert (kept, again.pid != before) == (1, True)
    server.close()


def test_nobody_else_may_enter_the_folder_of_the_data(data_dir: Path) -> None:
    with EmbeddedServer.open(data_dir) as server:
        assert server.folder.stat().st_mode & 0o077 == 0
        assert server.socket_folder.stat().st_mode & 0o077 == 0
        assert "host" not in (server.folder / "pg_hba.conf").read_text()


def test_a_path_too_long_for_a_socket_gets_a_short_private_folder(data_dir: Path) -> None:
    long = data_dir / ("deep" * 15) / ("deeper" * 10)
    long.mkdir(parents=True, mode=0o755)
    put_prepared(long)

    with EmbeddedServer.open(long) as server:
        assert server.socket_folder.parent == Path("/tmp")
        assert server.socket_folder.stat().st_mode & 0o077 == 0
        assert server.pid is not None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user for PostgreSQL")
def test_roots_data_leaves_a_private_home_without_opening_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)

    server = EmbeddedServer(home / "project" / ".honeyguide")

    assert server.folder.parent == Path("/var/lib/honeyguide")
    assert home.stat().st_mode & 0o777 == 0o700


async def test_a_process_without_database_url_gets_a_migrated_embedded_database(data_dir: Path) -> None:
    async with running_database(Settings(data_dir=data_dir)) as addresses:
        database = await Database.open(addresses.application)
        trouble = await database.trouble()
        await database.close()

    assert trouble is None
    assert EmbeddedServer(data_dir).pid is None


async def test_a_process_with_database_url_uses_it_as_it_is(database_url: str, data_dir: Path) -> None:
    async with running_database(Settings(database_url=database_url, data_dir=data_dir)) as addresses:
        assert addresses.application == addresses.owner == database_url

    assert list(data_dir.iterdir()) == []


def holder(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()
