"""After a restore `honeyguide after-restore` was run: the database knows all tags that this machine saw given to phones."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from honeyguide.database.database import DOWN
from honeyguide.doctor.finding import Examined, Finding, failure, good
from honeyguide.recovery.witness import DO, went_back


async def check(examined: Examined) -> Sequence[Finding]:
    if examined.database is None:
        return []
    try:
        lost = await went_back(examined.database, examined.settings.data_dir)
    except (*DOWN, asyncpg.PostgresError, TimeoutError):
        return []  # the check of the database tells why
    return [good("the database has not gone back in time")] if lost is None else [failure(lost.told, DO)]
