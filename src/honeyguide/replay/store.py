"""Keeps when a replay began: one typed function over replay.sql."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from honeyguide.database import Executor, statements

_SQL = statements(__package__, "replay.sql")


async def begin_replay(executor: Executor, program_id: UUID, name: str, shift_days: int, now: datetime) -> int:
    """The shift of the first start, which is this one when there was none; of two that start at once one wins."""
    await executor.execute(_SQL["begin_replay"], program_id, name, shift_days, now)
    kept = await executor.fetchval(_SQL["shift_days"], program_id, name)
    assert isinstance(kept, int)
    return kept
