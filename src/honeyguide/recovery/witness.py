"""What this machine saw of the tags that phones are given: a database that knows less went back in time, however that happened.

Tags only rise, in the order of commits, and after-restore begins a higher epoch. So a planned failover, a major upgrade or a move by logical
replication shows nothing; a dump, a snapshot, point-in-time recovery or a standby that lacks commits does, if a tag was given meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import click

from honeyguide.database import Executor, statements
from honeyguide.database.database import DOWN
from honeyguide.settings import Settings
from honeyguide.wallet.publishing.tags import tag_text

_log = logging.getLogger(__name__)
_SQL = statements(__package__, "recovery.sql")
_EVERY = 15.0  # seconds: what a machine saw shortly before it lost its database may be missing
_PATIENCE = 5.0

DO = "stop all servers and workers, run `honeyguide after-restore` once (docs/backup-and-restore.md, step 5), and start them again"


@dataclass(frozen=True, slots=True)
class WentBack:
    """The newest tag of the database, and a newer one that was seen before."""

    found: str
    seen: str

    @property
    def told(self) -> str:
        return f"the database went back in time: its newest tag is {self.found}, and {self.seen} was given to phones before"


async def went_back(executor: Executor, data_dir: Path) -> WentBack | None:
    """None also where this machine saw nothing yet, and where no pass was ever issued: then no phone has a tag."""
    found, seen = await _newest(executor), _seen(data_dir)
    return None if found is None or seen is None or found >= seen else WentBack(tag_text(*found), tag_text(*seen))


async def keep_seeing(executor: Executor, data_dir: Path, stop: asyncio.Event) -> None:
    """Until `stop`; a database that went back is said in the log each time, and is not taken for the truth."""
    while not stop.is_set():
        with suppress(*DOWN, asyncpg.PostgresError, TimeoutError, OSError):
            await _see(executor, data_dir)
        with suppress(TimeoutError):
            async with asyncio.timeout(_EVERY):
                await stop.wait()


def refuse_forgotten_restore(settings: Settings) -> None:
    """For `serve` and `worker`, before they begin: raises ClickException in production, and logs elsewhere.

    A database that does not answer is nobody's mistake: it is waited for later. The embedded one starts later, and is only watched.
    """
    if settings.database_url is None:
        return
    try:
        lost = asyncio.run(_look(settings.database_url.get_secret_value(), settings.data_dir))
    except (*DOWN, asyncpg.PostgresError, TimeoutError, ValueError):
        return
    if lost is not None and settings.environment == "production":
        raise click.ClickException(f"{lost.told}. Phones would take the truth for old: {DO}")
    if lost is not None:
        _log.error("%s: %s", lost.told, DO)


async def _look(url: str, data_dir: Path) -> WentBack | None:
    connection = await asyncpg.connect(url, timeout=_PATIENCE, command_timeout=_PATIENCE)
    try:
        return await went_back(connection, data_dir)
    finally:
        await connection.close(timeout=_PATIENCE)


async def _see(executor: Executor, data_dir: Path) -> None:
    lost = await went_back(executor, data_dir)
    if lost is not None:
        _log.error("%s: %s", lost.told, DO)
        return
    found = await _newest(executor)
    if found is not None and found != _seen(data_dir):
        draft = data_dir / f"newest-tag.{os.getpid()}"
        draft.write_text(tag_text(*found), encoding="ascii")
        draft.replace(data_dir / "newest-tag")


async def _newest(executor: Executor) -> tuple[int, int] | None:
    row = await executor.fetchrow(_SQL["newest_tag"])
    return None if row is None else (row["epoch"], row["tag"])


def _seen(data_dir: Path) -> tuple[int, int] | None:
    """What was kept; a file that is missing, broken or not to be read is none."""
    try:
        epoch, tag = (data_dir / "newest-tag").read_text(encoding="ascii").split(".")
        return int(epoch), int(tag)
    except (OSError, ValueError):
        return None
