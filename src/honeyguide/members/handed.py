"""Where points went that a member handed over, so that they can come back to their very lots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from honeyguide.database import Executor, statements
from honeyguide.ledger.books import recorded_of
from honeyguide.ledger.handovers import lot_in, other_side
from honeyguide.ledger.recorded import Recorded

# From when on expired lots are read where they may come home: all of them.
EVER = datetime(1900, 1, 1, tzinfo=UTC)
_SQL = statements(__package__, "handovers.sql")


@dataclass(frozen=True, slots=True)
class Handed:
    """`lot_id` was handed over by `transaction_id`."""

    lot_id: UUID
    transaction_id: UUID


async def handed_lots(executor: Executor, program_id: UUID, member_id: UUID, since: UUID | None = None) -> dict[UUID, Handed]:
    """What left the member, ever or by that transaction and those after it, by the lot that it became at the receiver."""
    rows = await executor.fetch(_SQL["handed_lots"], program_id, member_id, since)
    return {lot_in(other_side(row["transaction_id"]), row["lot_id"]): Handed(row["lot_id"], row["transaction_id"]) for row in rows}


async def handed_debts(executor: Executor, program_id: UUID, members: Sequence[UUID], to: UUID, since: datetime) -> dict[str, int]:
    """What these members have handed to another of what they owed since then, by unit."""
    rows = await executor.fetch(_SQL["handed_debts"], program_id, list(members), str(to), since)
    return {row["unit"]: row["debt"] for row in rows}


async def half_handed(executor: Executor, program_id: UUID, since: datetime, limit: int) -> list[Recorded]:
    """First sides posted since then whose second side is missing."""
    return [recorded_of(row) for row in await executor.fetch(_SQL["half_handed"], program_id, since, limit)]
