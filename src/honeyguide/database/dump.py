"""Dumps a database into one file and fills an empty one from it: PostgreSQL's own programs, no password where others could read it."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import asyncpg

from honeyguide.database.client_programs import dumping_program, newest_restoring_program, restoring_program
from honeyguide.database.postgres_binaries import PostgresFailed
from honeyguide.database.roles import OWNER, ensure_roles

_MADE_BY = re.compile(r"^;\s+Dumped by pg_dump version: (\d+)", re.MULTILINE)
_TABLES = """
SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
"""


async def dump(owner_url: str, file: Path) -> int:
    """Write one consistent snapshot in pg_dump's custom format to a new file that only we can read; returns its bytes.

    The server goes on serving. Raises FileExistsError, or PostgresFailed with nothing left behind.
    """
    program = dumping_program(await _server_major(owner_url))
    draft = file.with_name(f"{file.name}.{os.getpid()}.part")
    # Opened by us and handed over: the file has its rights before a byte is in it, whatever the umask.
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as target:
        try:
            _run(
                [program, "--format=custom", "--no-unlogged-table-data", f"--role={OWNER}", "--lock-wait-timeout=30s"], owner_url, to=target
            )
            os.fsync(target.fileno())
            _take_name(draft, file)
        finally:
            draft.unlink(missing_ok=True)
    return file.stat().st_size


async def fill(owner_url: str, file: Path) -> None:
    """Fill an empty database from such a file, all of it or nothing; makes the two roles where the server lacks them.

    Raises PostgresFailed where the database is not empty, the file is no backup, or no program fits both.
    """
    connection = await asyncpg.connect(owner_url)
    try:
        if tables := await connection.fetchval(_TABLES):
            raise PostgresFailed(
                f"the database is not empty, it has {tables} tables: restore into a new one; where a restore was interrupted after it had "
                "filled the database, go on with `honeyguide migrate` and `honeyguide after-restore`"
            )
        server = connection.get_server_version().major
        program = restoring_program(_made_by(file), server)
        await ensure_roles(connection)
    finally:
        await connection.close()
    with file.open("rb") as source:
        # As the owner role, so that the tables are its own as after `honeyguide migrate`, whoever logs in.
        _run([program, "--no-owner", f"--role={OWNER}", "--single-transaction", "--exit-on-error"], owner_url, source=source)
    connection = await asyncpg.connect(owner_url)
    try:
        # A restored database has no statistics, and plans made without them are slow for hours.
        await connection.execute(f"SET ROLE {OWNER}")
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


def _take_name(draft: Path, file: Path) -> None:
    """Only a whole backup gets the name, and never that of one that is there already; raises FileExistsError."""
    try:
        os.link(draft, file)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links, as network shares may be
        if file.exists():
            raise FileExistsError(file) from None
        draft.rename(file)


def _made_by(file: Path) -> int:
    """The major version of the pg_dump that made it."""
    with file.open("rb") as source:
        done = subprocess.run([newest_restoring_program(), "--list"], stdin=source, capture_output=True, check=False)
    match = _MADE_BY.search(done.stdout.decode(errors="replace"))
    if done.returncode != 0 or match is None:
        raise PostgresFailed(f"{file.name} is no backup that pg_restore can read: {done.stderr.decode(errors='replace').strip()[-500:]}")
    return int(match[1])


async def _server_major(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        major: int = connection.get_server_version().major
        return major
    finally:
        await connection.close()


def _run(command: list[Any], url: str, *, to: IO[bytes] | None = None, source: IO[bytes] | None = None) -> None:
    """Run a client program; the password goes into a file of ours that lives as long as it runs, never into argv."""
    address, password = without_password(url)
    with tempfile.TemporaryDirectory(prefix="honeyguide-") as folder:
        environment: Mapping[str, str] = os.environ | {"LC_ALL": "C", "PGAPPNAME": "honeyguide backup"}
        if password is not None:
            passfile = Path(folder) / "pgpass"
            passfile.touch(mode=0o600)
            escaped = password.replace("\\", "\\\\").replace(":", "\\:")
            passfile.write_text(f"*:*:*:*:{escaped}\n")
            environment = {**environment, "PGPASSFILE": str(passfile)}
        arguments = [*command, "--no-password", f"--dbname={address}"]
        done = subprocess.run(arguments, stdin=source, stdout=to, stderr=subprocess.PIPE, env=environment, check=False)
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()[-2000:]
        raise PostgresFailed(f"{Path(command[0]).name} failed ({done.returncode}): {said}")


def without_password(url: str) -> tuple[str, str | None]:
    """The address with its password taken out, and the password."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    given = dict(query).get("password")
    user, at, place = parts.netloc.rpartition("@")
    name, colon, secret = user.partition(":")
    password = unquote(secret) if colon else given
    rest = urlencode([(key, value) for key, value in query if key != "password"], safe="/", quote_via=quote)
    return parts._replace(netloc=f"{name}{at}{place}", query=rest).geturl(), password
