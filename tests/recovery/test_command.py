"""`honeyguide backup`, `restore` and `after-restore` from the shell."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from honeyguide.database import Database


def test_an_embedded_database_goes_from_one_data_folder_to_another(data_dir: Path, tmp_path: Path) -> None:
    file, other = tmp_path / "backup", data_dir / "other"
    honeyguide("migrate", HONEYGUIDE_DATA_DIR=str(data_dir))

    backup = honeyguide("backup", str(file), HONEYGUIDE_DATA_DIR=str(data_dir))
    restored = honeyguide("restore", str(file), HONEYGUIDE_DATA_DIR=str(other))
    again = honeyguide("restore", str(file), HONEYGUIDE_DATA_DIR=str(other))
    verified = honeyguide("verify", HONEYGUIDE_DATA_DIR=str(other))

    assert backup.stdout == f"{file}: {file.stat().st_size:,} bytes\n"
    assert f"{file} is restored\ntags begin anew with epoch " in restored.stdout
    assert "0 passes will be drawn anew" in restored.stdout
    assert "the books are empty\nNext, in this order:\n  honeyguide verify" in restored.stdout
    assert "the database is not empty" in again.stderr
    assert verified.stdout == "0 broken rows in 0 transactions\n"


def test_there_is_nothing_to_back_up_where_there_is_no_database(data_dir: Path, tmp_path: Path) -> None:
    result = honeyguide("backup", str(tmp_path / "backup"), HONEYGUIDE_DATA_DIR=str(data_dir))

    assert (result.returncode, result.stdout) == (1, "")
    assert "there is no database in" in result.stderr
    assert list(data_dir.iterdir()) == list(tmp_path.iterdir()) == []


async def test_a_backup_needs_a_new_name_in_a_folder_that_it_may_write_to(superuser_url: str, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("yesterday's")

    taken = honeyguide("backup", str(tmp_path / "there"), DATABASE_URL=superuser_url)
    nowhere = honeyguide("backup", str(tmp_path / "no" / "folder"), DATABASE_URL=superuser_url)

    assert "exists already: a backup is never overwritten" in taken.stderr
    assert "is no folder that we may write to" in nowhere.stderr
    assert (tmp_path / "there").read_text() == "yesterday's"


async def test_after_restore_waits_for_nobody_and_refuses_while_a_server_is_connected(database: Database, superuser_url: str) -> None:
    await database.pool.execute("SELECT 1")

    refused = honeyguide("after-restore", DATABASE_URL=superuser_url)
    await database.close()
    done = honeyguide("after-restore", DATABASE_URL=superuser_url)

    assert refused.returncode == 1
    assert "stop all servers and workers first; connected now: 1 of honeyguide" in refused.stderr
    assert done.returncode == 0, done.stderr


async def test_after_restore_needs_the_structure_of_this_release(superuser_url: str, new_database_url: str) -> None:
    owner = await asyncpg.connect(superuser_url)
    try:
        async with owner.transaction():
            await owner.execute("INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('honeyguide', '9999_tomorrow', now())")
        newer = honeyguide("after-restore", DATABASE_URL=superuser_url)
    finally:
        await owner.execute("DELETE FROM tortoise_migrations WHERE name = '9999_tomorrow'")
        await owner.close()
    nothing = honeyguide("after-restore", DATABASE_URL=new_database_url)

    assert "of a newer release (it has 9999_tomorrow)" in newer.stderr
    assert "run `honeyguide migrate`" in nothing.stderr


@pytest.mark.parametrize("command", ["backup", "restore", "after-restore"])
def test_a_database_that_is_down_is_one_line_without_the_password(command: str, tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    arguments = {"backup": [str(tmp_path / "new")], "restore": [str(tmp_path / "there")]}.get(command, [])

    result = honeyguide(command, *arguments, DATABASE_URL="postgresql://app:pass-word@127.0.0.1:1/nowhere")

    assert result.returncode == 1
    assert result.stderr.startswith("honeyguide: the database does not answer")
    assert result.stderr.count("\n") == 1
    assert "pass-word" not in result.stderr


def honeyguide(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "honeyguide.cli", *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
