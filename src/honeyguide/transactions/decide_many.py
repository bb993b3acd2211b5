"""One decision about all parked posts of a partner, or about a partner that is new; the worker carries it out, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from honeyguide.audit import Act, Action, Subject, SubjectKind, actor_of, record
from honeyguide.caller import Caller
from honeyguide.coalition.freeze_till import Frozen, end_freeze, insert_freeze
from honeyguide.coalition.freezes import FreezeKind
from honeyguide.database import Connection, Database, statements
from honeyguide.members.own_account import address_hash
from honeyguide.till.claims import ClaimedBefore, ClaimHasher, claim_or_roll_back
from honeyguide.till.outcomes import KeyConflict
from honeyguide.transactions.review import ParkedDecision, count_parked
from honeyguide.transactions.watch import UNDER_REVIEW

MOST_COUNTED = 10_000
_SQL = statements(__package__, "review.sql")


@dataclass(frozen=True, slots=True)
class DecideParkedOf:
    """`reason` None: whatever they were parked for."""

    idempotency_key: str
    partner_id: UUID
    reason: str | None
    decision: ParkedDecision
    note: str


class PartnerDecision(StrEnum):
    TRUST = "TRUST"
    REJECT = "REJECT"


@dataclass(frozen=True, slots=True)
class ReviewPartner:
    idempotency_key: str
    partner_id: UUID
    decision: PartnerDecision
    note: str


@dataclass(frozen=True, slots=True)
class ManyDecided:
    """How many waited as it was decided, counted up to MOST_COUNTED."""

    waiting: int
    replayed: bool


@dataclass(frozen=True, slots=True)
class NotUnderReview:
    """Such a partner was trusted from the first, or judged before."""


async def decide_parked_of(
    database: Database, caller: Caller, claims: ClaimHasher, request: DecideParkedOf, now: datetime
) -> ManyDecided | KeyConflict:
    """What is parked later is not meant."""
    key = claims.key(caller, "decideParkedOf", request)
    try:
        async with database.transaction() as connection:
            waiting = await count_parked(connection, caller.program_id, request.partner_id, request.reason, MOST_COUNTED)
            await claim_or_roll_back(connection, caller.program_id, [key], outcome={"waiting": waiting}, now=now)
            await _order(connection, caller, claims, request.partner_id, request.reason, request.decision, request.note, now)
            return ManyDecided(waiting, replayed=False)
    except ClaimedBefore as claimed:
        return ManyDecided(claimed.earlier.outcome["waiting"], replayed=True) if claimed.earlier.same_request else KeyConflict()


async def review_partner(
    database: Database, caller: Caller, claims: ClaimHasher, request: ReviewPartner, now: datetime
) -> ManyDecided | NotUnderReview | KeyConflict:
    """TRUST: its posts go through from now on, and those that wait are posted in their order; REJECT: refused, and the partner stays frozen."""
    key, trusted = claims.key(caller, "reviewPartner", request), request.decision is PartnerDecision.TRUST
    partner = Frozen(request.partner_id)
    try:
        async with database.transaction() as connection:
            waiting = await count_parked(connection, caller.program_id, request.partner_id, UNDER_REVIEW, MOST_COUNTED)
            await claim_or_roll_back(connection, caller.program_id, [key], outcome={"waiting": waiting}, now=now)
            if not trusted:
                await insert_freeze(connection, caller, partner, FreezeKind.PARTNER, request.note, now)
            if not await end_freeze(connection, caller, partner, FreezeKind.REVIEW, request.note, now):
                raise _NotUnderReviewError
            decision = ParkedDecision.POST if trusted else ParkedDecision.REJECT
            await _order(connection, caller, claims, request.partner_id, UNDER_REVIEW, decision, request.note, now)
            subject = Subject(SubjectKind.PARTNER, str(request.partner_id))
            detail: dict[str, Any] = {"decision": request.decision.value}
            await record(connection, Act(caller.program_id, now, actor_of(caller), Action.REVIEW_PARTNER, subject, detail=detail))
            return ManyDecided(waiting, replayed=False)
    except _NotUnderReviewError:
        return NotUnderReview()
    except ClaimedBefore as claimed:
        return ManyDecided(claimed.earlier.outcome["waiting"], replayed=True) if claimed.earlier.same_request else KeyConflict()


class _NotUnderReviewError(Exception):
    """Rolls back the key and the freeze."""


async def _order(
    connection: Connection,
    caller: Caller,
    claims: ClaimHasher,
    partner_id: UUID,
    reason: str | None,
    decision: ParkedDecision,
    note: str,
    now: datetime,
) -> None:
    """With a hash of who decides, for nobody decides about his own posts, nor in bulk."""
    named = (caller.program_id, uuid7(), partner_id, reason, decision.value, note)
    await connection.execute(_SQL["insert_decision"], *named, caller.scope, address_hash(claims, caller), now)
