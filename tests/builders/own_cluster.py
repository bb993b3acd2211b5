"""A PostgreSQL of the test's own, migrated, with fsync on, that can be killed at any moment and started again."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, suppress
from functools import partial
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from builders.books import open_new_books
from builders.scene import Scene
from honeyguide.database import Database
from honeyguide.database.embedded import SUPERUSER, EmbeddedServer
from honeyguide.database.migrate import migrate


class OwnCluster:
    """Blocking calls, for a test that kills its server waits for it anyway; close it in the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        put_prepared(folder)
        self.server = EmbeddedServer.open(folder)

    @property
    def url(self) -> str:
        return self.server.url()

    @property
    def superuser_url(self) -> str:
        return self.server.url(SUPERUSER)

    async def prepare(self) -> None:
        """That the server can be relied on, for a test server that forgot fsync would prove nothing."""
        connection = await asyncpg.connect(self.superuser_url)
        try:
            for name in ("fsync", "full_page_writes", "synchronous_commit"):
                assert await connection.fetchval("SELECT current_setting($1)", name) == "on", name
        finally:
            await connection.close()

    def processes(self, kind: str = "") -> list[int]:
        """The ids of the server's children; of one kind, such as `walwriter`, as their titles call them."""
        postmaster = self.server.pid
        assert postmaster is not None
        children = [int(one) for one in Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()]
        return [one for one in children if kind in _title(one)]

    def kill(self) -> None:
        """kill -9 of every process at once: the postmaster is stopped first, else it would mend what happens to its children."""
        postmaster = self.server.pid
        assert postmaster is not None
        os.kill(postmaster, signal.SIGSTOP)
        family = [*self.processes(), postmaster]
        for process in family:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        while any(_lives(process) for process in family):
            time.sleep(0.005)

    def start(self) -> None:
        """Start it again and wait for its recovery."""
        killed, self.server = self.server, EmbeddedServer.open(self._folder)
        killed.close()

    def freeze(self, *kinds: str) -> None:
        """Stop background processes until the kill: then only those who commit bring anything to the disk."""
        for kind in kinds:
            for process in self.processes(kind):
                os.kill(process, signal.SIGSTOP)

    async def empty(self) -> None:
        connection = await asyncpg.connect(self.superuser_url)
        try:
            await connection.execute(_EMPTY)
        finally:
            await connection.close()

    @property
    def log(self) -> str:
        return (self.server.folder / "server.log").read_text(errors="replace")

    @property
    def deadlocks(self) -> int:
        """Deadlocks of this server since it was made, kills or not: its log counts what statistics forget."""
        return self.log.count("deadlock detected")

    def close(self) -> None:
        self.server.close()


def put_prepared(folder: Path) -> None:
    """A cluster with the structure, for a data folder without one: made once in a run, in seconds, and copied in a fraction of one."""
    run = Path(os.environ["HONEYGUIDE_TESTS"])
    prepared, there = run / "data-prepared", EmbeddedServer(folder)
    with (run / "prepared.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not (prepared / "ready").exists():
            prepared.mkdir(mode=0o711, exist_ok=True)
            with EmbeddedServer.open(prepared) as server, ThreadPoolExecutor(1) as thread:
                thread.submit(asyncio.run, migrate(server.owner_url)).result()
            (prepared / "ready").touch()
    if not there.exists:
        subprocess.run(["cp", "-a", "--", str(EmbeddedServer(prepared).folder), str(there.folder)], check=True)


def _title(process: int) -> str:
    """What the process calls itself; nothing when it has ended meanwhile, as backends do."""
    try:
        return Path(f"/proc/{process}/cmdline").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _lives(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


_EMPTY = """
SET session_replication_role = replica;  -- the triggers that keep history would refuse it
DO $$ DECLARE name regclass; BEGIN
  FOR name IN SELECT oid FROM pg_class
              WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'tortoise_migrations' LOOP
    EXECUTE format('DELETE FROM %s', name);
  END LOOP;
END $$;
INSERT INTO pass_tag DEFAULT VALUES;
"""


@pytest.fixture(scope="module")
def own_cluster() -> Iterator[OwnCluster]:
    """One for the tests of a file; each finds it running."""
    folder = Path(tempfile.mkdtemp(prefix="data-", dir=os.environ["HONEYGUIDE_TESTS"]))  # where a killed run is swept up
    folder.chmod(0o711)
    cluster = OwnCluster(folder)
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, cluster.prepare()).result()
    yield cluster
    cluster.close()
    shutil.rmtree(folder)


@pytest_asyncio.fixture
async def own_scene(own_cluster: OwnCluster) -> AsyncIterator[Scene]:
    """The scene of a fault on that cluster, empty."""
    await own_cluster.empty()
    async with AsyncExitStack() as stack:
        database = await Database.open(own_cluster.url, pool_size=4)
        stack.push_async_callback(database.close)
        yield Scene(database, own_cluster.url, own_cluster.superuser_url, partial(open_new_books, database), stack)
