"""The database answers, has this release's structure, and agrees with us about the time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import asyncpg

from honeyguide.database.migrate import missing_migrations
from honeyguide.doctor.finding import Examined, Finding, failure, good, warning

_OLDEST = 150_000
_APART = timedelta(seconds=2)
_FAR_APART = timedelta(seconds=30)  # what tokens forgive


async def check(examined: Examined) -> Sequence[Finding]:
    connection = examined.database
    if connection is None:
        return [failure(examined.trouble, "start it, or mend DATABASE_URL")]
    found = []
    if int(await connection.fetchval("SHOW server_version_num")) < _OLDEST:
        found.append(failure("PostgreSQL is older than 15", "upgrade it"))
    try:
        missing = await missing_migrations(connection)
    except asyncpg.PostgresError as error:
        return [*found, failure(f"the structure cannot be read ({error.sqlstate})", "honeyguide migrate")]
    if missing:
        found.append(failure(f"{len(missing)} migrations are missing, from {missing[0]}", "honeyguide migrate"))
    apart = abs(await _clock_difference(connection))
    if apart > _APART:
        told = f"this machine's clock and the database's are {apart.total_seconds():.1f} s apart"
        found.append((failure if apart > _FAR_APART else warning)(told, "let both follow the same time server (chrony, systemd-timesyncd)"))
    return found or [good("the database serves")]


async def _clock_difference(connection: asyncpg.Connection) -> timedelta:
    before = datetime.now(UTC)
    theirs: datetime = await connection.fetchval("SELECT clock_timestamp()")
    return theirs - (before + (datetime.now(UTC) - before) / 2)
