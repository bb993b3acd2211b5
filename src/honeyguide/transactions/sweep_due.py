"""What happens by itself: lots mature and expire at their dates, tiers whose end has come are reviewed."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from honeyguide.database import Database
from honeyguide.ledger.books import due_members
from honeyguide.ledger.member_books import MemberBooks
from honeyguide.members.catching_up import catch_up, review_rows
from honeyguide.programs.current import Applied
from honeyguide.till.intent import Reads
from honeyguide.till.outcomes import Decision
from honeyguide.till.till import Till

_AT_ONCE = 500
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CatchUpIntent:
    """Bring one member up to date; a second sweep finds nothing due, for the ids of its postings follow from their causes."""

    applied: Applied
    member_id: UUID
    transaction_id: UUID
    review_at: datetime | None
    key: None = None
    reference: None = None

    @property
    def program_id(self) -> UUID:
        return self.applied.program_id

    @property
    def reads(self) -> Reads:
        return Reads(ranges=review_rows(self.applied, self.review_at) if self.review_at else (), lots=True)

    def decide(self, books: MemberBooks, now: datetime) -> Decision:
        return Decision(*catch_up(books, self.applied, now, rows_from=self.reads.rows_from))


async def sweep_due(till: Till, database: Database, applied: Applied, now: datetime) -> int:
    """One round through the till's lanes, at most 500 members; the answer is how many were due.

    A member whose turn fails keeps no other from theirs; they are due again at the next round.
    """
    due = await due_members(database.pool, applied.program_id, now, _AT_ONCE)
    intents = [CatchUpIntent(applied, member_id, uuid7(), review_at) for member_id, review_at in due]
    answers = await asyncio.gather(*(till.submit(intent) for intent in intents), return_exceptions=True)
    for error in {type(answer).__name__ for answer in answers if isinstance(answer, Exception)}:
        _log.error("what is due could not be posted for some members: %s", error)
    return len(intents)
