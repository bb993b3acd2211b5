"""Make a restored database ready to serve: the one step that no restore may go without."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from honeyguide.audit import Act, Action, Subject, SubjectKind, at_this_shell, record
from honeyguide.audit.store import programs
from honeyguide.database import prepare_connection, statements
from honeyguide.database.migrate import migration_names, missing_migrations
from honeyguide.wallet.publishing.after_restore import Renewed, StillServing, after_restore

_SQL = statements(__package__, "recovery.sql")
_PATIENCE = 3.0  # seconds: sessions of a process that has just been stopped may outlive it for a moment


@dataclass(frozen=True, slots=True)
class Ready:
    """`last_posted` is the end of what the books know, None for empty books."""

    renewed: Renewed
    last_posted: datetime | None


@dataclass(frozen=True, slots=True)
class WrongRelease:
    """A refusal: the database lacks migrations of this release, or has some that this release does not know."""

    missing: tuple[str, ...]
    unknown: tuple[str, ...]


async def make_ready(application_url: str, now: datetime) -> Ready | WrongRelease | StillServing:
    """Have everything shown anew that phones and Google show; refuses while anybody serves."""
    # No pool: its time limits are made for a server's small statements, and this one touches every pass.
    connection = await asyncpg.connect(application_url, server_settings={"application_name": "honeyguide after-restore", "timezone": "UTC"})
    try:
        await prepare_connection(connection)
        if wrong := await _wrong_release(connection):
            return wrong
        outcome = await _renewed(connection, now)
        ends = asyncio.get_running_loop().time() + _PATIENCE
        while isinstance(outcome, StillServing) and asyncio.get_running_loop().time() < ends:
            await asyncio.sleep(0.2)
            outcome = await _renewed(connection, now)
        return outcome if isinstance(outcome, StillServing) else Ready(outcome, await connection.fetchval(_SQL["last_posted"]))
    finally:
        await connection.close()


async def _renewed(connection: asyncpg.Connection, now: datetime) -> Renewed | StillServing:
    """Every program's trail tells of it: what is younger than the backup is missing there, too."""
    async with connection.transaction():
        outcome = await after_restore(connection, now)
        if isinstance(outcome, Renewed):
            for code, program_id in (await programs(connection)).items():
                subject = Subject(SubjectKind.PROGRAM, code)
                await record(
                    connection, Act(program_id, now, at_this_shell(), Action.AFTER_RESTORE, subject, detail={"epoch": outcome.epoch})
                )
    return outcome


async def _wrong_release(connection: asyncpg.Connection) -> WrongRelease | None:
    missing = await missing_migrations(connection)
    applied = {row["name"] for row in await connection.fetch("SELECT name FROM tortoise_migrations")}
    unknown = sorted(applied - set(migration_names()))
    return WrongRelease(tuple(missing), tuple(unknown)) if missing or unknown else None
