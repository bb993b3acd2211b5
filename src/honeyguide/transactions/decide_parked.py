"""An operator decides about a parked post: it is posted as of its day, or its till hears that it was refused; either way once.

First the decision is pinned, then it is carried out: whoever dies between the two leaves it to the worker (`sweep_review.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from honeyguide.audit import Act, Action, Actor, Subject, SubjectKind, record
from honeyguide.database import Connection, Executor
from honeyguide.ledger.accounts import NOBODY
from honeyguide.ledger.books import read_transaction
from honeyguide.ledger.recorded import Recorded
from honeyguide.members.lookup import member_by_id
from honeyguide.members.own_account import OWN_ACCOUNT, is_refused_as_own
from honeyguide.till.claims import ClaimedBefore, claim_or_roll_back
from honeyguide.till.intent import Intent, Key, TakingOver
from honeyguide.till.outcomes import Posted, Refused
from honeyguide.transactions import review
from honeyguide.transactions.anonymous_purchase import anonymous_record, insert_transaction
from honeyguide.transactions.answers import REJECTED_BY_REVIEW
from honeyguide.transactions.checking import is_returned
from honeyguide.transactions.desk import Desk
from honeyguide.transactions.exchange import exchange_of
from honeyguide.transactions.outcomes import IdempotencyConflict, Rejected
from honeyguide.transactions.parked_purchase import claims_of, parked_intent
from honeyguide.transactions.review import ByWhom, ParkedDecision, ParkedPost

OPERATION = "decideParked"


@dataclass(frozen=True, slots=True)
class DecideParked:
    idempotency_key: str
    member_id: UUID
    parked_id: UUID
    decision: ParkedDecision
    note: str


@dataclass(frozen=True, slots=True)
class ParkedDecided:
    """`posted` where it was posted."""

    parked: ParkedPost
    posted: Recorded | None
    replayed: bool


DecideOutcome = ParkedDecided | IdempotencyConflict | Rejected


async def decide_parked(desk: Desk, request: DecideParked) -> DecideOutcome:
    """`desk` is that of the partner whose post it is, and called by the operator."""
    key, replayed = desk.key(OPERATION, request), False
    by = ByWhom(desk.caller.scope, request.note, desk.now)
    parked = await review.parked_post(desk.database.pool, desk.program_id, request.member_id, request.parked_id)
    if parked is None or parked.partner_id != desk.partner.partner_id:
        return Rejected("NOT_FOUND", ("parked",))
    if await is_refused_as_own(desk.database.pool, desk.caller, [parked.member_id], OPERATION, desk.now):
        return Rejected(OWN_ACCOUNT, ("parked",))
    try:
        await pin(desk, parked, request.decision, by, key)
    except ClaimedBefore as claimed:
        if not claimed.earlier.same_request:
            return IdempotencyConflict()
        replayed = True
    except AlreadyDecided:
        return Rejected("ALREADY_DECIDED", ("parked",))
    posted = await carry_out(desk, parked, request.decision, by.at)
    if isinstance(posted, Rejected):
        if posted.code != "RETRY_LATER":
            await review.forget_key(desk.database.pool, desk.program_id, key)
        return posted
    return ParkedDecided(parked, posted, replayed)


class AlreadyDecided(Exception):
    """Somebody was first; rolls the operator's key back."""


async def pin(desk: Desk, parked: ParkedPost, decision: ParkedDecision, by: ByWhom, key: Key | None = None) -> None:
    """Nobody else decides from now on; raises AlreadyDecided, or ClaimedBefore where the operator's key was used before."""
    async with desk.database.transaction() as connection:
        if key is not None:
            outcome = {"code": "DECIDED", "data": {"parked": str(parked.parked_id), "decision": decision.value}}
            await claim_or_roll_back(connection, desk.program_id, [key], outcome=outcome, now=by.at)
        if not await review.decide(connection, desk.program_id, parked, decision, by):
            raise AlreadyDecided


async def carry_out(desk: Desk, parked: ParkedPost, decision: ParkedDecision, now: datetime) -> Recorded | Rejected | None:
    """What came of a decision that is pinned, now or before: posted, or None where it was refused; Rejected where the till would not have it."""
    if decision is ParkedDecision.REJECT:
        return await _reject(desk, parked, now)
    if parked.member_id == NOBODY:
        return await _post_anonymous(desk, parked, now)
    member = await member_by_id(desk.database.pool, desk.program_id, parked.member_id)
    if member is None:
        return await _leave(desk, parked, Rejected("ACCOUNT_CLOSED", ("parked",)))
    bought = await parked_intent(desk, parked, member.member_id)
    comes_back = any(map(is_returned, bought.purchase.lines))
    intent: Intent = await exchange_of(desk, bought, pools=member.household is not None) if comes_back else bought
    outcome = await desk.till.submit(TakingOver(intent, str(parked.parked_id)))
    if isinstance(outcome, Posted):
        return await _settled(desk, parked, outcome.recorded, now)
    if isinstance(outcome, Refused):
        return await _leave(desk, parked, Rejected(outcome.code, ("parked",)))
    return Rejected("RETRY_LATER", retry_after=1)


async def note_own(executor: Executor, program_id: UUID, parked: ParkedPost, by: ByWhom) -> None:
    """A decision about many left out the decider's own; it waits for somebody else, and the trail says so."""
    subject, detail = Subject(SubjectKind.PARKED_POST, str(parked.parked_id)), {"code": OWN_ACCOUNT, "operation": OPERATION}
    await record(executor, Act(program_id, by.at, Actor(by.name, "operator"), Action.REFUSED, subject, (parked.member_id,), detail=detail))


async def _settled(desk: Desk, parked: ParkedPost, posted: Recorded, now: datetime) -> Recorded:
    async with desk.database.transaction() as connection:
        await _settle(connection, desk.program_id, parked, posted, now)
    return posted


async def _reject(desk: Desk, parked: ParkedPost, now: datetime) -> Recorded | None:
    """Under the member's lock, as a post would be: what was posted already stays so."""
    outcome = {"code": REJECTED_BY_REVIEW, "data": {"parked": str(parked.parked_id)}}
    async with desk.database.transaction() as connection:
        await review.lock_standing(connection, desk.program_id, parked.member_id)
        await review.refuse_claims(connection, desk.program_id, claims_of(parked), outcome)
        await _settle(connection, desk.program_id, parked, None, now)
    return None


async def _post_anonymous(desk: Desk, parked: ParkedPost, now: datetime) -> Recorded | None:
    intent = await parked_intent(desk, parked, NOBODY)
    recorded = anonymous_record(intent, now)
    async with desk.database.transaction() as connection:
        if await _settle(connection, desk.program_id, parked, recorded, now):
            await insert_transaction(connection, recorded)
            await review.give_claims(connection, desk.program_id, claims_of(parked), recorded)
            return recorded
    settled = await review.outcome_of(desk.database.pool, desk.program_id, parked)
    return None if settled is None else await read_transaction(desk.database.pool, desk.program_id, *settled)


async def _leave(desk: Desk, parked: ParkedPost, rejected: Rejected) -> Rejected:
    """Nothing came of it: it waits again."""
    await review.leave_undecided(desk.database.pool, desk.program_id, parked)
    return rejected


async def _settle(connection: Connection, program_id: UUID, parked: ParkedPost, posted: Recorded | None, now: datetime) -> bool:
    """Once; the trail hears of it in the same commit."""
    decided_by = await review.settle(connection, program_id, parked, posted, now)
    if decided_by is None:
        return False
    act = Act(
        program_id=program_id,
        at=now,
        actor=Actor(decided_by, "operator"),
        action=Action.REJECT_PARKED_POST if posted is None else Action.ACCEPT_PARKED_POST,
        subject=Subject(SubjectKind.PARKED_POST, str(parked.parked_id)),
        members=() if parked.member_id == NOBODY else (parked.member_id,),
        detail={"reason": parked.reason, "partner": str(parked.partner_id), "transaction": str(posted.transaction_id) if posted else None},
    )
    await record(connection, act)
    return True
