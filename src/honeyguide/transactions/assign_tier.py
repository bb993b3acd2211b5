"""An operator assigns a tier by hand, with a reason and an end, where it is judged like any other (R34)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import cast
from uuid import UUID

from uuid_utils.compat import uuid7

from honeyguide.ledger.member_books import MemberBooks
from honeyguide.ledger.postings import post_tier
from honeyguide.ledger.recorded import TransactionKind
from honeyguide.members.call import Call
from honeyguide.members.catching_up import catch_up
from honeyguide.members.lookup import MemberLookup, find_member
from honeyguide.members.recorded_now import recorded_now
from honeyguide.members.standing import REVIEWABLE, qualifying_rows, span_of
from honeyguide.programs.current import Applied
from honeyguide.programs.periods import last_moment
from honeyguide.programs.tiers import TierHeld
from honeyguide.till.first_answer import first_answer
from honeyguide.till.intent import Key, Reads
from honeyguide.till.outcomes import Decision, Outcome, Posted
from honeyguide.transactions.answers import answer_of
from honeyguide.transactions.outcomes import IdempotencyConflict, MemberNotFound, Rejected

OPERATION = "assignTier"

AssignTierOutcome = Posted | MemberNotFound | IdempotencyConflict | Rejected


@dataclass(frozen=True, slots=True)
class AssignTier:
    """`until`: the last local day of the tier."""

    idempotency_key: str
    member: MemberLookup
    tier: str
    until: date
    reason: str
    note: str


@dataclass(frozen=True, slots=True)
class AssignTierIntent:
    """A tier until a moment, by the operator named in `by`."""

    applied: Applied
    member_id: UUID
    transaction_id: UUID
    key: Key | None
    tier: str
    until: datetime
    reason: str
    note: str
    by: str
    asked_at: datetime
    approval: Mapping[str, str] = field(default_factory=dict)
    reference: None = None

    @property
    def program_id(self) -> UUID:
        return self.applied.program_id

    @property
    def reads(self) -> Reads:
        return Reads(ranges=qualifying_rows(self.applied.program, self.asked_at - REVIEWABLE))

    def decide(self, books: MemberBooks, now: datetime) -> Decision:
        earlier, books = catch_up(books, self.applied, now, rows_from=self.reads.rows_from)
        before = books.tier.tier
        span = span_of(self.applied.program, TierHeld(self.tier, now, self.until), books)
        detail = {
            "tier": self.tier,
            "before": before,
            "until": self.until.isoformat(),
            "reason": self.reason,
            "note": self.note,
            "by": self.by,
            **self.approval,
        }
        recorded = recorded_now(books, self.applied, self.transaction_id, TransactionKind.TIER_ASSIGNMENT, now)
        return Decision((*earlier, post_tier(books, recorded, span, lambda _: detail, now)))


async def assign_tier(call: Call, request: AssignTier) -> AssignTierOutcome:
    program = call.applied.program
    if program.tiers is None or request.tier not in program.tiers.levels:
        return Rejected("NOT_FOUND", ("tier",), facts={"tier": request.tier})
    if request.until < program.local_day(call.now):
        return Rejected("IN_THE_PAST", ("until",), facts={"until": request.until.isoformat()})
    key = call.key(OPERATION, request)
    member = await find_member(call.database.pool, call.policy, request.member, call.now)
    if member is None:
        first = await first_answer(call.database.pool, call.program_id, key)
        return MemberNotFound() if first is None else _answer(first)
    intent = AssignTierIntent(
        applied=call.applied,
        member_id=member.member_id,
        transaction_id=uuid7(),
        key=key,
        tier=request.tier,
        until=last_moment(request.until, program.zone),
        reason=request.reason,
        note=request.note,
        by=call.caller.subject,
        asked_at=call.now,
        approval=call.approval,
    )
    return _answer(await call.till.submit(intent))


def _answer(outcome: Outcome) -> AssignTierOutcome:
    return cast(AssignTierOutcome, answer_of(outcome))
