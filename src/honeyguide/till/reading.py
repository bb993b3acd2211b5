"""Reads of the books: what a batch asks for, and the same without locks for answers that write nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from honeyguide.database import Executor, statements
from honeyguide.ledger.member_books import MemberBooks
from honeyguide.till.intent import Intent, Reads
from honeyguide.till.opened import parse_books

_SQL = statements(__package__, "till.sql")


async def read_books(executor: Executor, program_id: UUID, member_id: UUID, reads: Reads, now: datetime) -> MemberBooks | None:
    """One member's books as they are now, without any lock: for quotes and previews, never for a decision."""
    text = await executor.fetchval(_SQL["read_books"], program_id, now, *arguments_of([(member_id, reads)]))
    return parse_books(program_id, text).get(member_id)


def read_arguments(intents: Iterable[Intent]) -> list[Any]:
    """The arguments of `till_read` after program and time: members in lock order, whose lots, which counters."""
    return arguments_of((intent.member_id, intent.reads) for intent in intents)


def arguments_of(asked: Iterable[tuple[UUID, Reads]]) -> list[Any]:
    """The same by member."""
    wanted = list(asked)
    holds = sorted({(member_id, hold_id) for member_id, reads in wanted for hold_id in reads.holds})
    past = sorted({(member_id, transaction_id) for member_id, reads in wanted for transaction_id in reads.past})
    expired = sorted({(member_id, reads.expired_since) for member_id, reads in wanted if reads.expired_since is not None})
    burners = sorted({(member_id, reads.burner) for member_id, reads in wanted if reads.burner is not None})
    counters = sorted({(member_id, *counter) for member_id, reads in wanted for counter in reads.counters})
    ranges = sorted({(member_id, *wide) for member_id, reads in wanted for wide in reads.ranges})
    return [
        sorted({member_id for member_id, _ in wanted}),
        sorted({member_id for member_id, reads in wanted if reads.lots}),
        *([row[column] for row in counters] for column in range(3)),
        *([row[column] for row in ranges] for column in range(3)),
        *([row[column] for row in rows] for rows in (holds, past, expired, burners) for column in range(2)),
    ]
