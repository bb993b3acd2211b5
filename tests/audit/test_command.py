"""`honeyguide audit` from the shell: what an auditor runs, and what spreadsheets get to see."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from builders.platform import GALLERY
from honeyguide.audit import Act, Action, Actor, Subject, SubjectKind, record
from honeyguide.audit.chain import chain
from honeyguide.database import Database
from honeyguide.programs.apply_program import apply_program
from honeyguide.programs.current import Applied

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SPAN = ("--from", "2026-03-01", "--to", "2026-03-02")


@pytest_asyncio.fixture
async def program_id(database: Database) -> AsyncIterator[UUID]:
    """A program with three chained acts: its first version, and two by actors whose names are formulas."""
    async with database.transaction() as connection:
        applied = await apply_program(connection, source=GALLERY.read_text(), applied_by="ada", now=NOW)
        assert isinstance(applied, Applied)
        for name in ("=HYPERLINK(1)", "@SUM(A1)"):
            subject = Subject(SubjectKind.CREDENTIAL, "-1+2")
            await record(connection, Act(applied.program_id, NOW, Actor(name, "operator"), Action.REVOKE_CREDENTIAL, subject))
    await chain(database, applied.program_id)
    yield applied.program_id


def honeyguide(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "honeyguide.cli", *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


async def test_a_sound_trail_is_said_to_be_and_a_broken_one_fails(program_id: UUID, superuser_url: str, tmp_path: Path) -> None:
    heads = tmp_path / "heads"

    head = honeyguide("audit", "head", DATABASE_URL=superuser_url)
    heads.write_text(head.stdout)
    sound = honeyguide("audit", "verify", "--against", str(heads), DATABASE_URL=superuser_url)
    intruder = await asyncpg.connect(superuser_url)
    await intruder.execute(
        "SET session_replication_role = replica; DELETE FROM audit_link WHERE seq = 3; DELETE FROM audit WHERE actor LIKE '@%'"
    )
    await intruder.close()
    alone = honeyguide("audit", "verify", DATABASE_URL=superuser_url)
    against = honeyguide("audit", "verify", "--against", str(heads), DATABASE_URL=superuser_url)

    assert json.loads(head.stdout)["seq"] == 3 and json.loads(head.stdout)["program_id"] == str(program_id)
    assert (sound.returncode, sound.stdout) == (0, "grocer-and-fuel: 3 links, sound\n"), sound.stderr
    assert alone.returncode == 0
    assert (against.returncode, against.stdout) == (1, "grocer-and-fuel: 2 links, 1 broken\n")
    assert against.stderr == "grocer-and-fuel: TRUNCATED at 3: the chain ends at 2, and had 3 links when its head was kept\n"


async def test_the_export_holds_what_was_hashed(program_id: UUID, superuser_url: str) -> None:
    out = honeyguide("audit", "export", *SPAN, DATABASE_URL=superuser_url)

    lines = sorted((json.loads(line) for line in out.stdout.splitlines()), key=lambda line: line["seq"])
    hashed = hashlib.sha256(f"honeyguide audit 1:{program_id}".encode()).digest()
    assert [line["seq"] for line in lines] == [1, 2, 3]
    for line in lines:
        hashed = hashlib.sha256(
            hashed + json.dumps(line["act"], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        ).digest()
        assert line["hash"] == hashed.hex()


async def test_a_spreadsheet_gets_no_formulas(program_id: UUID, superuser_url: str) -> None:
    out = honeyguide("audit", "export", "--csv", *SPAN, DATABASE_URL=superuser_url)

    rows = list(csv.DictReader(out.stdout.splitlines()))
    assert sorted(row["actor"] for row in rows) == ["'=HYPERLINK(1)", "'@SUM(A1)", "cli:ada"]
    assert {row["subject"] for row in rows} == {"'-1+2", "grocer-and-fuel"}
    assert all(not cell.startswith(("=", "+", "-", "@", "\t")) for row in rows for cell in row.values())


async def test_who_exports_the_trail_is_in_it(database: Database, program_id: UUID, superuser_url: str) -> None:
    honeyguide("audit", "export", *SPAN, DATABASE_URL=superuser_url)

    row = await database.pool.fetchrow("SELECT * FROM audit WHERE action = 'EXPORT_TRAIL'")
    assert row["actor"].startswith("cli:") and row["detail"]["as"] == "JSON"


async def test_a_restored_trail_verifies_and_tells_of_the_restore(
    database: Database, program_id: UUID, superuser_url: str, new_database_url: str, tmp_path: Path
) -> None:
    async with database.transaction() as connection:  # and one row waits for its link
        await record(
            connection,
            Act(
                program_id,
                datetime.now(UTC),
                Actor("system:test", "system"),
                Action.RETAIN,
                Subject(SubjectKind.PROGRAM, "grocer-and-fuel"),
            ),
        )
    await database.close()

    assert honeyguide("backup", str(tmp_path / "backup"), DATABASE_URL=superuser_url).returncode == 0
    restored = honeyguide("restore", str(tmp_path / "backup"), DATABASE_URL=new_database_url)
    assert restored.returncode == 0, restored.stderr
    there = await Database.open(new_database_url)
    await chain(there, program_id)
    actions = [
        row["action"]
        for row in await there.pool.fetch("SELECT action FROM audit JOIN audit_link USING (program_id, audit_id) ORDER BY seq")
    ]
    await there.close()
    verified = honeyguide("audit", "verify", DATABASE_URL=new_database_url)

    assert actions == ["APPLY_PROGRAM", "REVOKE_CREDENTIAL", "REVOKE_CREDENTIAL", "RETAIN", "AFTER_RESTORE"]
    assert (verified.returncode, verified.stdout) == (0, "grocer-and-fuel: 5 links, sound\n")


@pytest.mark.parametrize("line", ["nonsense", "{}", '{"seq": 1, "hash": "zz", "program_id": "x"}', "[1]"])
async def test_a_file_that_holds_no_heads_is_said_to(program_id: UUID, superuser_url: str, tmp_path: Path, line: str) -> None:
    (tmp_path / "heads").write_text(f"{line}\n")

    refused = honeyguide("audit", "verify", "--against", str(tmp_path / "heads"), DATABASE_URL=superuser_url)

    assert (refused.returncode, "line 1, is no head" in refused.stderr, "Traceback" in refused.stderr) == (1, True, False)
