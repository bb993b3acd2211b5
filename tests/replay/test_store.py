"""The shift of the first start is kept."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from honeyguide.database import Database
from honeyguide.replay.store import begin_replay


async def test_a_resume_on_another_day_keeps_the_shift_of_the_first_start(database: Database) -> None:
    program = uuid4()
    await begin_replay(database.pool, program, "complete-journey", 3_246, datetime(2026, 11, 22, tzinfo=UTC))

    later = await begin_replay(database.pool, program, "complete-journey", 3_250, datetime(2026, 11, 26, tzinfo=UTC))

    assert later == 3_246
