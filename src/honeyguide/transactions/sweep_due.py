"""What happens by itself: lots whose date has come become available, tiers whose end has come are reviewed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from honeyguide.database import Database
from honeyguide.ledger.books import due_members
from honeyguide.ledger.member_books import MemberBooks, TierSpan
from honeyguide.ledger.postings import post_activations, post_tier_review
from honeyguide.programs.current import Applied
from honeyguide.programs.tiers import TierHeld, assess, tier_windows
from honeyguide.till.intent import Reads
from honeyguide.till.outcomes import Decision
from honeyguide.till.till import Till

_AT_ONCE = 500
# A tier is held to the last microsecond of a day; what counts from then on is told by the day after, the first of a new year.
_NEXT_MOMENT = timedelta(microseconds=1)


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
        if self.review_at is None:
            return Reads(lots=True)
        windows = tier_windows(self.applied.program, self.review_at + _NEXT_MOMENT)
        return Reads(ranges=tuple((window.name, window.from_day) for window in windows), lots=True)

    def decide(self, books: MemberBooks, now: datetime) -> Decision:
        postings = list(post_activations(books, self.applied.version, now))
        if postings:
            books = postings[-1].books
        review_at = books.tier.until
        if review_at is not None and review_at <= now and review_at == self.review_at:
            postings.append(post_tier_review(books, self._tier(books, review_at + _NEXT_MOMENT), self.applied.version, now))
        return Decision(tuple(postings))

    def _tier(self, books: MemberBooks, as_of: datetime) -> TierSpan:
        program, held = self.applied.program, books.tier
        amounts = {window: books.window(*window) for window in tier_windows(program, as_of)}
        current = TierHeld(held.tier, held.since, held.until) if held.tier and held.since else None
        kept = assess(program, current, amounts, as_of)
        return TierSpan(kept.code, kept.since, kept.until) if kept else TierSpan(None, None, None)


async def sweep_due(till: Till, database: Database, applied: Applied, now: datetime) -> int:
    """One round through the till's lanes, at most 500 members; the answer is how many were due."""
    due = await due_members(database.pool, applied.program_id, now, _AT_ONCE)
    intents = [CatchUpIntent(applied, member_id, uuid7(), review_at) for member_id, review_at in due]
    await asyncio.gather(*(till.submit(intent) for intent in intents))
    return len(intents)
