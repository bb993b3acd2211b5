"""What waits for a member's approval."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from honeyguide.database import Executor, statements
from honeyguide.members.households import membership

_SQL = statements(__package__, "approvals.sql")


@dataclass(frozen=True, slots=True)
class WaitingHold:
    """`member_id` are the books that pay: the member's, or his household's pool."""

    member_id: UUID
    hold_id: UUID
    unit: str
    amount: int
    partner_id: UUID
    location: str | None
    authorised_at: datetime
    expires_at: datetime
    reference: str | None


async def waiting_holds(executor: Executor, program_id: UUID, member_id: UUID, now: datetime) -> list[WaitingHold]:
    """The oldest first."""
    mine = await membership(executor, program_id, member_id)
    books = [member_id] if mine is None else [member_id, mine.household_id]
    rows = await executor.fetch(_SQL["waiting_holds"], program_id, member_id, books, now)
    return [WaitingHold(**row) for row in rows]
