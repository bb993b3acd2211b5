"""The worker is killed with -9 in the middle of a fan-out: another takes over what it had leased, and in the end every pass shows the books.

What phones and Google see meanwhile is told in wallet/test_worker.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.interleaving import holding
from builders.journal import nothing_lost
from builders.scene import utc_now
from builders.served import Installation, at_rest, installed
from honeyguide.database import Database

MEMBERS, LEASE_SECONDS = 8, 2
# Publishing takes its tag last, so whoever holds the tags' row stops every worker in the middle of what it leased.
NO_TAGS = "SELECT tag FROM pass_tag FOR UPDATE"


async def the_worker_is_killed_in_a_fan_out(
    there: Installation, database: Database, superuser_url: str, mutant: str = "", patience: float = 3 * LEASE_SECONDS
) -> None:
    async with holding(superuser_url, NO_TAGS) as holder, there.running("worker", mutant) as doomed:
        await holder.waiting(1, "honeyguide")
        await doomed.kill()
        await holder.let_go()
    assert await database.pool.fetchval("SELECT count(*) FROM pass WHERE leased_until > now()") > 0
    async with there.running("worker"):
        await at_rest(database, there.program_id, patience)

    await nothing_lost(database.pool, there.program_id, there.journal, utc_now())
    assert await database.pool.fetchval("SELECT count(*) FROM pass WHERE shown > 1") == MEMBERS


async def test_what_a_killed_worker_had_leased_is_shown_by_the_next(
    database: Database, database_url: str, superuser_url: str, tmp_path: Path
):
    async with installed(database, database_url, tmp_path, MEMBERS, passes=True, purchases=1) as there:
        await the_worker_is_killed_in_a_fan_out(there, database, superuser_url)


async def test_leases_that_do_not_end_leave_passes_behind(database: Database, database_url: str, superuser_url: str, tmp_path: Path):
    async with installed(database, database_url, tmp_path, MEMBERS, passes=True, purchases=1) as there:
        with pytest.raises(AssertionError, match=r"the books are at"):
            await the_worker_is_killed_in_a_fan_out(there, database, superuser_url, mutant="LEASED_FOR_EVER", patience=1.5 * LEASE_SECONDS)


async def test_what_a_worker_a_day_ahead_had_leased_is_shown_by_the_next(
    database: Database, database_url: str, superuser_url: str, tmp_path: Path
):
    """Its leases end tomorrow; a worker whose clock is right does not believe them."""
    async with installed(database, database_url, tmp_path, MEMBERS, passes=True, purchases=1) as there:
        await the_worker_is_killed_in_a_fan_out(there, database, superuser_url, mutant="A_DAY_AHEAD")
