"""Two roles: history is append-only for the application by right, and for the owner by trigger."""

from __future__ import annotations

import asyncpg
import pytest

from honeyguide.database import Database

APPEND_ONLY = ("program_version", "tier_change", "transaction", "transfer", "lot_move")


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("change", ["UPDATE {} SET program_id = program_id", "DELETE FROM {}", "TRUNCATE {}"])
async def test_the_application_may_not_rewrite_history(database: Database, table: str, change: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await database.pool.execute(change.format(table))
