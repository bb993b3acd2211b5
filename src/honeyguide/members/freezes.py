"""Who is frozen, why and by whom, for as long as it lasts and a while beyond: one typed function a statement of freezes.sql."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from honeyguide.database import Connection, Executor, statements
from honeyguide.members.store import MemberStatus

_SQL = statements(__package__, "freezes.sql")


@dataclass(frozen=True, slots=True)
class FrozenMember:
    """A freeze in force."""

    freeze_id: UUID
    member_id: UUID
    reason: str
    frozen_at: datetime
    frozen_by: str


async def set_frozen(connection: Connection, program_id: UUID, member_id: UUID, reason: str, now: datetime, by: str) -> bool:
    """False where he is frozen already, or is no member in force."""
    if not await _set_status(connection, program_id, member_id, MemberStatus.FROZEN):
        return False
    await connection.execute(_SQL["insert_freeze"], program_id, member_id, uuid7(), reason, now, by)
    return True


async def end_frozen(connection: Connection, program_id: UUID, member_id: UUID, reason: str, now: datetime, by: str) -> bool:
    """False where he is not frozen."""
    if not await _set_status(connection, program_id, member_id, MemberStatus.ACTIVE):
        return False
    await connection.execute(_SQL["end_freeze"], program_id, member_id, now, by, reason)
    return True


async def frozen_members(executor: Executor, program_id: UUID, most: int) -> list[FrozenMember]:
    """Newest first."""
    return [FrozenMember(**row) for row in await executor.fetch(_SQL["freezes"], program_id, most)]


async def erase_freezes(connection: Connection, program_id: UUID, member_ids: Sequence[UUID]) -> int:
    return int(await connection.fetchval(_SQL["erase_freezes"], program_id, list(member_ids)))


async def drop_freezes(executor: Executor, program_id: UUID, before: datetime, most: int) -> int:
    """How many went of those that ended before; at most `most`."""
    return int(str(await executor.execute(_SQL["drop_freezes"], program_id, before, most)).split()[-1])


async def _set_status(connection: Connection, program_id: UUID, member_id: UUID, status: MemberStatus) -> bool:
    """Under the locks that burns take: once it is committed, no burn is under way that did not know."""
    await connection.fetch(_SQL["lock_books"], program_id, member_id)
    return await connection.fetchval(_SQL["set_status"], program_id, member_id, status.value) is not None
