"""A database that went back in time without `after-restore` is noticed by what this machine saw before."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import click
import pytest
from pydantic import SecretStr

from builders.platform import Platform
from honeyguide.doctor.checks import restored
from honeyguide.doctor.finding import Examined, Level
from honeyguide.egress import Egress
from honeyguide.recovery.witness import keep_seeing, refuse_forgotten_restore, went_back

CARD = 'mutation { issuePass(input: { style: "membership" }) { __typename } }'


async def test_a_database_that_went_back_is_refused_until_after_restore_and_a_failover_that_lost_nothing_is_not(
    platform: Platform, database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pool = platform.services.database.pool
    settings = platform.settings.model_copy(update={"data_dir": tmp_path, "database_url": SecretStr(database_url)})
    production = settings.model_copy(update={"environment": "production"})
    egress = Egress.of(settings)

    async def saw() -> None:
        """One look of a running worker."""
        stop = asyncio.Event()
        looking = asyncio.create_task(keep_seeing(pool, tmp_path, stop))
        await asyncio.sleep(0.1)
        stop.set()
        await looking

    async def doctor() -> Level:
        async with pool.acquire() as connection:
            (finding,) = await restored.check(Examined(settings, datetime.now(UTC), egress, connection))
        return finding.level

    await saw()
    assert not (tmp_path / "newest-tag").exists()  # no pass, so no phone has a tag
    await platform.as_member(await platform.enrol(), CARD)
    await pool.execute("UPDATE pass_tag SET epoch = 7, tag = 40")
    await saw()
    await asyncio.to_thread(refuse_forgotten_restore, production)  # the same database, on whatever server by now
    assert ((tmp_path / "newest-tag").read_text().split()[0], await doctor()) == ("7.40", Level.GOOD)

    await pool.execute("UPDATE pass_tag SET tag = 12")
    with pytest.raises(click.ClickException, match=r"its newest tag is 7\.12, and 7\.40 was given"):
        await asyncio.to_thread(refuse_forgotten_restore, production)
    with caplog.at_level(logging.ERROR):
        await asyncio.to_thread(refuse_forgotten_restore, settings)
        await saw()
    assert [record.levelname for record in caplog.records if "went back in time" in record.message] == ["ERROR", "ERROR"]
    assert ((tmp_path / "newest-tag").read_text().split()[0], await doctor()) == ("7.40", Level.FAILURE)
    (tmp_path / "newest-tag").write_text(f"7.40 {uuid4()}\n")
    assert await went_back(pool, tmp_path) is None  # another database had this folder before
    (tmp_path / "newest-tag").write_text(f"7.40 {platform.program_id}\n")

    await pool.execute("UPDATE pass_tag SET epoch = 8")  # as after-restore does, with all servers stopped
    await asyncio.to_thread(refuse_forgotten_restore, production)
    (tmp_path / "newest-tag").write_text("no tag")
    assert (await went_back(pool, tmp_path), await doctor()) == (None, Level.GOOD)
    await asyncio.to_thread(
        refuse_forgotten_restore, production.model_copy(update={"database_url": SecretStr("postgresql://127.0.0.1:1/x")})
    )
    await egress.close()


async def test_a_worker_that_notes_a_newer_tag_meanwhile_is_no_alarm(platform: Platform, tmp_path: Path) -> None:
    await platform.as_member(await platform.enrol(), CARD)
    pool = platform.services.database.pool

    class Beside:
        """The database, and a worker that sees and notes the next tag while the answer is under way."""

        async def fetchrow(self, *asked: object) -> object:
            row = await pool.fetchrow(*asked)
            (tmp_path / "newest-tag").write_text(f"{row['epoch']}.{row['tag'] + 1} {row['installation']}\n")
            return row

    found: Any = Beside()

    assert await went_back(found, tmp_path) is None
    assert await went_back(pool, tmp_path) is not None  # the file was read before, not never


async def test_a_folder_that_cannot_be_written_is_told_once(platform: Platform, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    await platform.as_member(await platform.enrol(), CARD)
    stop, gone = asyncio.Event(), tmp_path / "gone"

    with caplog.at_level(logging.WARNING):
        looking = asyncio.create_task(keep_seeing(platform.services.database.pool, gone, stop))
        await asyncio.sleep(0.1)
        stop.set()
        await looking

    assert [record.message for record in caplog.records if "cannot be written" in record.message]
