"""Runs pytest once more on Debian's PostgreSQL 15, the oldest that is supported: a private server that ends with the tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from honeyguide.database.postgres_binaries import run, system_user

# Nobody pulls the plug on these tests, so nothing waits for a disk; nor do they wait for LLVM, as no connection of ours does.
FORGETFUL = "fsync = off\nfull_page_writes = off\njit = off\n"
BINARIES = Path(os.environ.get("POSTGRES_15", "/usr/lib/postgresql/15/bin"))


def main() -> int:
    if not (BINARIES / "postgres").exists():
        print(
            f"SKIPPED the tests on PostgreSQL 15: {BINARIES} has no server; install Debian's postgresql-15 or name a folder in POSTGRES_15"
        )
        return 0
    print(f"on PostgreSQL 15 from {BINARIES}:", flush=True)
    folders = [folder for folder in sys.argv[1:] if not folder.startswith("tests/") or Path(folder).exists()]
    with private_server() as url:
        return subprocess.run(
            [sys.executable, "-m", "pytest", *folders], env=os.environ | {"TEST_DATABASE_URL": url}, check=False
        ).returncode


@contextmanager
def private_server() -> Iterator[str]:
    """The superuser's address of a new server that listens on a socket only; as root it runs as the embedded server's user."""
    home = Path(tempfile.mkdtemp(prefix="honeyguide-15-"))
    data = home / "data"
    user = system_user()
    if user is not None:
        os.chown(home, user.pw_uid, user.pw_gid)
    try:
        run("initdb", "-D", str(data), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", folder=BINARIES)
        with (data / "postgresql.conf").open("a") as file:
            file.write(f"listen_addresses = ''\nunix_socket_directories = '{home}'\nmax_connections = 200\ntimezone = 'UTC'\n{FORGETFUL}")
        run("pg_ctl", "-D", str(data), "-l", str(home / "log"), "-w", "start", folder=BINARIES)
        try:
            yield f"postgresql://postgres@/postgres?host={home}"
        finally:
            run("pg_ctl", "-D", str(data), "-m", "fast", "-w", "stop", folder=BINARIES)
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
