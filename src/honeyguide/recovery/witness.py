"""What this machine saw of the tags that phones are given: a database that knows less went back in time, however that happened.

Tags only rise, in the order of commits, and after-restore begins a higher epoch. So a planned failover, a major upgrade or a move by logical
replication shows nothing; a dump, a snapshot, point-in-time recovery or a standby that lacks commits does, if a tag was given meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
import os
import tempfile
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
_FILE = "newest-tag"

DO = (
    "stop all servers and workers, run `honeyguide after-restore` once (docs/backup-and-restore.md, step 5), and start them again;"
    f" if the data folder served a copy of this database meanwhile, such as a drill's, remove its file {_FILE} instead"
)


@dataclass(frozen=True, slots=True)
class Witnessed:
    """The newest tag of an installation: a higher epoch is later, within one a higher tag."""

    installation: str
    epoch: int
    tag: int

    @property
    def place(self) -> tuple[int, int]:
        return self.epoch, self.tag


@dataclass(frozen=True, slots=True)
class WentBack:
    """The newest tag of the database, and a newer one that was seen before."""

    found: str
    seen: str

    @property
    def told(self) -> str:
        return f"the database went back in time: its newest tag is {self.found}, and {self.seen} was given to phones before"


async def went_back(executor: Executor, data_dir: Path) -> WentBack | None:
    """None also where this machine saw nothing of this installation yet, and where the database knows of no pass.

    The file is read first: what a worker beside this process notes meanwhile, the database knows already.
    """
    seen = _seen(data_dir)
    found = await _newest(executor)
    if found is None or seen is None or found.installation != seen.installation or found.place >= seen.place:
        return None
    return WentBack(tag_text(*found.place), tag_text(*seen.place))


async def keep_seeing(executor: Executor, data_dir: Path, stop: asyncio.Event) -> None:
    """Until `stop`; a database that went back is said in the log each time, and is not taken for the truth."""
    is_kept = True
    while not stop.is_set():
        with suppress(*DOWN, asyncpg.PostgresError, TimeoutError):
            found = await _see(executor, data_dir)
            was_kept, is_kept = is_kept, found is None or _kept(found, data_dir)
            if was_kept and not is_kept:
                _log.warning("%s cannot be written: a database that goes back in time will not be noticed here", data_dir / _FILE)
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
        connection.terminate()  # nothing is under way, and what was found must not be lost by waiting


async def _see(executor: Executor, data_dir: Path) -> Witnessed | None:
    """The newest tag now, if it is one to keep."""
    lost = await went_back(executor, data_dir)
    if lost is not None:
        _log.error("%s: %s", lost.told, DO)
        return None
    return await _newest(executor)


async def _newest(executor: Executor) -> Witnessed | None:
    row = await executor.fetchrow(_SQL["newest_tag"])
    return None if row is None else Witnessed(row["installation"], row["epoch"], row["tag"])


def _seen(data_dir: Path) -> Witnessed | None:
    """What was kept; a file that is missing, broken or not to be read is none."""
    try:
        tag, installation = (data_dir / _FILE).read_text(encoding="ascii").split()
        epoch, number = tag.split(".")
        return Witnessed(installation, int(epoch), int(number))
    except (OSError, ValueError):
        return None


def _kept(found: Witnessed, data_dir: Path) -> bool:
    """Whether the file says this now; whole or not at all, for others read it at any moment."""
    if found == _seen(data_dir):
        return True
    try:
        descriptor, draft = tempfile.mkstemp(prefix=f"{_FILE}.", dir=data_dir)
    except OSError:
        return False
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{tag_text(*found.place)} {found.installation}\n")
        Path(draft).replace(data_dir / _FILE)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        return False
    return True
