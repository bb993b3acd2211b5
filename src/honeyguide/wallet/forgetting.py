"""Cards of erased members: blank at once, and gone with the phones that held them once the void card had time to arrive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from honeyguide.database import Connection, Executor, statements

_SQL = statements(__package__, "forgetting.sql")
# A phone that was off for so long has its card from a backup at most.
KEPT_TO_ARRIVE = timedelta(days=30)


async def forget_passes(connection: Connection, program_id: UUID, member_ids: Sequence[UUID]) -> Mapping[str, int]:
    """Blank what is stored of the cards; the posting of the erasure has them drawn anew, void. How many of what."""
    return dict(await connection.fetchrow(_SQL["forget_passes"], program_id, list(member_ids)))


async def drop_forgotten(executor: Executor, program_id: UUID, now: datetime) -> int:
    """Delete cards, registrations, push tokens and objects of members erased 30 days ago; the answer is how many cards."""
    return int(await executor.fetchval(_SQL["drop_forgotten"], program_id, now - KEPT_TO_ARRIVE))
