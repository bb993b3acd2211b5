"""What every test may ask for: a real PostgreSQL, migrated, empty, and its own.

One embedded server lives for the whole run, shared by xdist's workers; each worker has its own clone of a migrated template and
empties it before each test that asks. TEST_DATABASE_URL (a superuser's) takes another server instead, such as Debian's 15.
"""

from __future__ import annotations

import asyncio
import fcntl
import gc
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import settings

from builders.outside import way_out
from honeyguide.database import Database
from honeyguide.database.embedded import SUPERUSER, EmbeddedServer
from honeyguide.database.migrate import migrate
from honeyguide.database.roles import APPLICATION, OWNER, ensure_roles
from honeyguide.egress import Egress

# As the owner's triggers would refuse it, cleaning runs as a superuser with triggers off; an empty table costs 20 us.
CLEAN = """
SET session_replication_role = replica;
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
DO $$ DECLARE name regclass; BEGIN
  FOR name IN SELECT oid FROM pg_class
              WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'tortoise_migrations' LOOP
    EXECUTE format('DELETE FROM %s', name);
  END LOOP;
END $$;
INSERT INTO pass_tag DEFAULT VALUES;
"""


# Nobody pulls the plug on these tests, so no commit waits for a disk; tests that kill a server have one of their own (builders/own_cluster.py).
FORGETFUL = ("ALTER SYSTEM SET fsync = off", "ALTER SYSTEM SET full_page_writes = off", "SELECT pg_reload_conf()")
# They take the longest, so they begin first; else one worker would be left with one of them in the end.
LONGEST = ("stories/", "faults/", "quickstart/", "recovery/", "properties/", "member_demo/", "clients/", "database/", "wallet/test_fleet")

ALIVE = pytest.StashKey[IO[str]]()


@dataclass(frozen=True)
class TestServer:
    """A server the tests may create databases on; `outside` is its superuser's URL when it is not ours."""

    __test__ = False
    session: str
    embedded: EmbeddedServer | None
    outside: str | None

    def url(self, database: str, role: str = SUPERUSER) -> str:
        if self.embedded is not None:
            return self.embedded.url(role, database)
        assert self.outside is not None
        return urlsplit(self.outside)._replace(path=f"/{database}").geturl()

    def name(self, suffix: str) -> str:
        return f"test_{self.session}_{suffix}"


def pytest_configure(config: pytest.Config) -> None:
    os.environ.pop("DATABASE_URL", None)
    os.environ.pop("DATABASE_OWNER_URL", None)
    settings.register_profile("short", deadline=None)  # how long one example takes says more of the machine than of the code
    settings.register_profile("long", max_examples=2_000, deadline=None)  # make test-long
    settings.load_profile("long" if os.environ.get("HONEYGUIDE_LONG") else "short")
    if not hasattr(config, "workerinput"):
        _sweep_killed_runs()
        folder = Path(tempfile.mkdtemp(prefix="honeyguide-tests-"))
        folder.chmod(0o711)
        os.environ["HONEYGUIDE_TESTS"] = str(folder)
        config.stash[ALIVE] = (folder / "alive").open("w")
        fcntl.flock(config.stash[ALIVE], fcntl.LOCK_EX)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The same order in every worker."""
    items.sort(key=lambda item: not item.nodeid.removeprefix("tests/").startswith(LONGEST))


def pytest_collection_finish() -> None:
    """The garbage collector need not look through thousands of collected tests again and again."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    """The owner of the run sweeps up, also after workers that were killed."""
    if hasattr(config, "workerinput"):
        return
    folder = Path(os.environ["HONEYGUIDE_TESTS"])
    for data in (folder, *folder.glob("data-*")):
        _end_server(data)
    if outside := os.environ.get("TEST_DATABASE_URL"):
        _wait_for(_drop_databases(outside, f"test_{_session()}_%"))
    shutil.rmtree(folder, ignore_errors=True)


def _sweep_killed_runs() -> None:
    """A run that was killed leaves its server; its lock is free then, and the next run ends it."""
    for folder in Path(tempfile.gettempdir()).glob("honeyguide-tests-*"):
        try:
            with (folder / "alive").open() as alive:
                fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
                for data in (folder, *folder.glob("data-*")):
                    _end_server(data)
                shutil.rmtree(folder)
        except OSError:
            continue  # alive, somebody else's, or swept by another run this moment


def _end_server(data_dir: Path) -> None:
    if EmbeddedServer(data_dir).pid is not None:
        EmbeddedServer.open(data_dir).close()


def _session() -> str:
    return os.environ["HONEYGUIDE_TESTS"].rpartition("-")[2].lower()


@pytest.fixture(scope="session")
def test_server() -> Iterator[TestServer]:
    """The PostgreSQL of this run with a migrated template on it."""
    folder = Path(os.environ["HONEYGUIDE_TESTS"])
    outside = os.environ.get("TEST_DATABASE_URL")
    embedded = None if outside else EmbeddedServer.open(folder)
    server = TestServer(_session(), embedded, outside)
    with (folder / "template.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        _wait_for(_make_template(server))
    yield server
    if embedded is not None:
        embedded.close()


@pytest.fixture(scope="session")
def worker_database(test_server: TestServer) -> str:
    """The name of this xdist worker's database."""
    name = test_server.name(os.environ.get("PYTEST_XDIST_WORKER", "alone"))
    _wait_for(_clone(test_server, name))
    return name


@pytest_asyncio.fixture
async def database_url(test_server: TestServer, worker_database: str) -> str:
    """Address of a migrated, empty database, for the application role."""
    connection = await asyncpg.connect(test_server.url(worker_database))
    try:
        await connection.execute(CLEAN)
    finally:
        await connection.close()
    return test_server.url(worker_database, APPLICATION)


@pytest.fixture
def owner_url(test_server: TestServer, worker_database: str, database_url: str) -> str:
    """Address of the same database for the owner role."""
    return test_server.url(worker_database, OWNER)


@pytest.fixture
def superuser_url(test_server: TestServer, worker_database: str, database_url: str) -> str:
    """Address of the same database for a superuser: to break what nobody else may break."""
    return test_server.url(worker_database, SUPERUSER)


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The application's own `Database` on a migrated, empty database."""
    database = await Database.open(database_url, pool_size=8)
    yield database
    await database.close()


@pytest_asyncio.fixture
async def migrated_database_url(test_server: TestServer) -> AsyncIterator[str]:
    """Address, for a superuser, of a migrated database of the test's own, whose structure it may change; dropped after the test."""
    name = test_server.name(f"own_{secrets.token_hex(4)}")
    await _clone(test_server, name)
    yield test_server.url(name)
    admin = await asyncpg.connect(test_server.url("postgres"))
    try:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


@pytest_asyncio.fixture
async def new_database_url(test_server: TestServer) -> AsyncIterator[str]:
    """Address, for a superuser, of a database that has nothing in it, not even tables; dropped after the test."""
    name = test_server.name(f"new_{secrets.token_hex(4)}")
    admin = await asyncpg.connect(test_server.url("postgres"))
    try:
        await ensure_roles(admin)
        await admin.execute(f"CREATE DATABASE {name} OWNER {OWNER}")
        yield test_server.url(name)
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A data folder of one's own for an embedded server; the server is ended and the folder removed after the test."""
    folder = Path(tempfile.mkdtemp(prefix="data-", dir=os.environ["HONEYGUIDE_TESTS"]))
    folder.chmod(0o711)  # root's PostgreSQL runs as another user, which must get through
    yield folder
    _end_server(folder)
    shutil.rmtree(folder)


async def _make_template(server: TestServer) -> None:
    name = server.name("template")
    admin = await asyncpg.connect(server.url("postgres"))
    try:
        if await admin.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
            return
        if server.embedded is not None:
            for statement in FORGETFUL:
                await admin.execute(statement)
        await ensure_roles(admin)
        await admin.execute(f"CREATE DATABASE {name}_draft OWNER {OWNER}")
        await migrate(server.url(f"{name}_draft", OWNER))
        await admin.execute(f"ALTER DATABASE {name}_draft RENAME TO {name}")
    finally:
        await admin.close()


async def _clone(server: TestServer, name: str) -> None:
    admin = await asyncpg.connect(server.url("postgres"))
    try:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {server.name('template')} OWNER {OWNER}")
    finally:
        await admin.close()


async def _drop_databases(url: str, pattern: str) -> None:
    admin = await asyncpg.connect(url)
    try:
        for row in await admin.fetch("SELECT datname FROM pg_database WHERE datname LIKE $1", pattern):
            await admin.execute(f"DROP DATABASE {row['datname']} WITH (FORCE)")
    finally:
        await admin.close()


def _wait_for(work: Coroutine[Any, Any, None]) -> None:
    """In a thread of its own: a session fixture must not touch the event loop that tests use."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


@pytest_asyncio.fixture
async def egress() -> AsyncIterator[Egress]:
    """The way out, to this machine too."""
    async with way_out("127.0.0.0/8") as egress:
        yield egress
