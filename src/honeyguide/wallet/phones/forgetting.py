"""Cards of erased members: blank at once; their phones are forgotten once the void card arrived, the rest after 30 days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from honeyguide.database import Connection, Executor, statements

_SQL = statements(__package__, "forgetting.sql")
# A phone that was off for so long has its card from a backup at most.
KEPT_TO_ARRIVE = timedelta(days=30)
# A fetch names no phone: where one of several never comes, the others' push tokens are not kept for it.
WAITED_FOR = timedelta(days=3)


async def forget_passes(connection: Connection, program_id: UUID, member_ids: Sequence[UUID]) -> Mapping[str, int]:
    """Blank what is stored of the cards; the posting of the erasure has them drawn anew, void. How many of what."""
    return dict(await connection.fetchrow(_SQL["forget_passes"], program_id, list(member_ids)))


async def drop_arrived(executor: Executor, program_id: UUID, now: datetime) -> int:
    """Delete registrations and push tokens of erased members' cards that all their phones fetched void, or that waited for 3 days; how many (X3)."""
    return int(await executor.fetchval(_SQL["drop_arrived"], program_id, now - WAITED_FOR, now - KEPT_TO_ARRIVE))


async def drop_forgotten(executor: Executor, program_id: UUID, now: datetime) -> int:
    """Delete cards, registrations, push tokens and objects of members erased 30 days ago; the answer is how many cards."""
    return int(await executor.fetchval(_SQL["drop_forgotten"], program_id, now - KEPT_TO_ARRIVE))
