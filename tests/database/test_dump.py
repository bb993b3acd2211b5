"""One file holds the whole database, and an empty one is filled from it; programs that do not fit the server are named."""

from __future__ import annotations

import stat
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from honeyguide.database import dump as module
from honeyguide.database.client_programs import dumping_program, restoring_program
from honeyguide.database.dump import dump, fill, without_password
from honeyguide.database.postgres_binaries import PostgresFailed
from honeyguide.database.roles import OWNER

STRUCTURE = """
SELECT (SELECT array_agg(format('%s %s %s', relname, pg_get_userbyid(relowner), relacl) ORDER BY relname)
        FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')) AS tables,
       (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal) AS triggers,
       (SELECT count(*) FROM pg_constraint WHERE connamespace = 'public'::regnamespace) AS constraints,
       (SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace) AS functions,
       (SELECT array_agg(name ORDER BY name) FROM tortoise_migrations) AS migrations
"""


async def test_a_filled_database_has_the_same_structure_rights_and_rows(
    superuser_url: str, owner_url: str, new_database_url: str, tmp_path: Path
) -> None:
    await execute(superuser_url, "UPDATE pass_tag SET epoch = 3, tag = 41")

    size = await dump(owner_url, tmp_path / "backup")
    await fill(new_database_url, tmp_path / "backup")

    assert await one(new_database_url, STRUCTURE) == await one(superuser_url, STRUCTURE)
    assert (await one(new_database_url, "SELECT epoch, tag FROM pass_tag")) == (3, 41)
    assert size == (tmp_path / "backup").stat().st_size


async def test_a_backup_is_readable_by_its_owner_alone_and_never_overwritten(owner_url: str, tmp_path: Path) -> None:
    await dump(owner_url, tmp_path / "backup")
    before = (tmp_path / "backup").read_bytes()

    with pytest.raises(FileExistsError):
        await dump(owner_url, tmp_path / "backup")

    assert stat.S_IMODE((tmp_path / "backup").stat().st_mode) == 0o600
    assert (tmp_path / "backup").read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["backup"]


async def test_only_an_empty_database_is_filled(owner_url: str, superuser_url: str, tmp_path: Path) -> None:
    await dump(owner_url, tmp_path / "backup")

    with pytest.raises(PostgresFailed, match=r"not empty, it has [0-9]+ tables"):
        await fill(superuser_url, tmp_path / "backup")


async def test_a_broken_file_fills_nothing(owner_url: str, new_database_url: str, tmp_path: Path) -> None:
    await dump(owner_url, tmp_path / "backup")
    whole = (tmp_path / "backup").read_bytes()
    (tmp_path / "half").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text").write_text("no backup")

    for name in ("half", "text"):
        with pytest.raises(PostgresFailed):
            await fill(new_database_url, tmp_path / name)

    assert (await one(new_database_url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")) == (0,)


async def test_a_dump_that_fails_leaves_no_file(owner_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OWNER", "nobody_of_this_name")

    with pytest.raises(PostgresFailed, match="nobody_of_this_name"):
        await dump(owner_url, tmp_path / "backup")

    assert list(tmp_path.iterdir()) == []


async def test_the_password_is_in_no_argument(superuser_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody on the machine sees arguments; the program finds the password in a file that only we can read."""
    spy = tmp_path / "spy"
    spy.write_text('#!/bin/sh\necho "$@"\nstat -c %a "$PGPASSFILE"\ncat "$PGPASSFILE"\n')
    spy.chmod(0o755)
    monkeypatch.setattr(module, "dumping_program", lambda _: spy)
    parts = urlsplit(superuser_url)

    host = parts.netloc.rpartition("@")[2]
    await dump(parts._replace(netloc=f"{OWNER}:s%3Acr%5Cet@{host}").geturl(), tmp_path / "seen")

    arguments, rights, password = (tmp_path / "seen").read_text().splitlines()
    assert f"--dbname=postgresql://{OWNER}@{host}/" in arguments
    assert (rights, password) == ("600", "*:*:*:*:s\\:cr\\\\et")


@pytest.mark.parametrize(
    ("url", "address", "password"),
    [
        ("postgresql://app:pw@db.test:5433/hg?sslmode=require", "postgresql://app@db.test:5433/hg?sslmode=require", "pw"),
        ("postgresql://app@/hg?host=/run/pg&password=p%26w", "postgresql://app@/hg?host=/run/pg", "p&w"),
        ("postgresql://app:p%40w@one,two/hg", "postgresql://app@one,two/hg", "p@w"),
        ("postgresql://db.test/hg", "postgresql://db.test/hg", None),
    ],
)
def test_an_address_parts_from_its_password(url: str, address: str, password: str | None) -> None:
    assert without_password(url) == (address, password)


def test_programs_that_do_not_fit_are_named_with_what_to_install() -> None:
    with pytest.raises(PostgresFailed, match=r"the server is PostgreSQL 99; pg_dump .* on this machine.*postgresql-client-99"):
        dumping_program(99)
    with pytest.raises(PostgresFailed, match=r"made by pg_dump 99, this server is PostgreSQL 18: restore it into PostgreSQL 99 or newer"):
        restoring_program(99, 18)
    with pytest.raises(PostgresFailed, match=r"made by pg_dump 98 and the server is PostgreSQL 99; pg_restore .*postgresql-client-99"):
        restoring_program(98, 99)


async def execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def one(url: str, query: str) -> tuple[object, ...]:
    connection = await asyncpg.connect(url)
    try:
        return tuple(await connection.fetchrow(query))
    finally:
        await connection.close()
