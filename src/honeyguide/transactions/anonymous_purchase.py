"""A purchase that names nobody: recorded with its lines, earning nothing until its receipt is claimed, once (R54)."""

from __future__ import annotations

from dataclasses import fields
from typing import Any
from uuid import UUID

from honeyguide.database import Connection, Executor, statements
from honeyguide.ledger.accounts import NOBODY
from honeyguide.ledger.books import read_transaction
from honeyguide.ledger.recorded import Recorded, TransactionKind
from honeyguide.till.claims import ClaimedBefore, claim_or_roll_back
from honeyguide.till.first_answer import first_answer
from honeyguide.till.intent import Key, Reference
from honeyguide.till.outcomes import KeyConflict, Outcome, Posted, ReferenceTaken
from honeyguide.transactions.answers import parked_again
from honeyguide.transactions.claim_link import seal_claim
from honeyguide.transactions.desk import Desk
from honeyguide.transactions.outcomes import AnonymousPosted, DuplicateReference, IdempotencyConflict, PostOutcome, Rejected
from honeyguide.transactions.purchase_intent import PurchaseIntent

_SQL = statements(__package__, "transactions.sql")
_COLUMNS = tuple(field.name for field in fields(Recorded))


def claim_of(transaction_id: UUID) -> Reference:
    """Who holds this has the anonymous purchase: the member who claimed it, or whoever returned a part of it before."""
    return Reference("reference:anonymous", str(transaction_id))


async def post_anonymous(desk: Desk, intent: PurchaseIntent) -> PostOutcome:
    """Record it under nobody; `intent` is that of a purchase whose member is not known."""
    recorded = Recorded(
        program_id=desk.program_id,
        member_id=NOBODY,
        transaction_id=intent.transaction_id,
        kind=TransactionKind.PURCHASE,
        partner_id=intent.partner_id,
        location=intent.purchase.location,
        reference=intent.partner_reference,
        business_date=intent.business_date,
        amount_minor=intent.purchase.amount_minor if intent.amount_minor is None else intent.amount_minor,
        currency=intent.purchase.currency,
        occurred_at=intent.purchase.occurred_at,
        posted_at=desk.now,
        program_version=intent.rules.version,
        detail=intent.bought(),
    )
    assert intent.key is not None and intent.reference is not None
    try:
        async with desk.database.transaction() as connection:
            await claim_or_roll_back(
                connection,
                desk.program_id,
                [intent.key, intent.reference],
                member_id=NOBODY,
                transaction_id=recorded.transaction_id,
                now=desk.now,
            )
            await insert_transaction(connection, recorded)
    except ClaimedBefore as claimed:
        return await _known(desk, claimed)
    return posted_anonymously(desk, recorded, replayed=False)


async def insert_transaction(connection: Connection, recorded: Recorded) -> None:
    """A row that belongs to no member, so no lane writes it."""
    await connection.execute(_SQL["insert_anonymous"], *(getattr(recorded, name) for name in _COLUMNS))


async def claimed_purchase(executor: Executor, program_id: UUID, transaction_id: UUID) -> Recorded | None:
    """What an anonymous purchase became when a member claimed it; None while nobody has."""
    row = await executor.fetchrow(_SQL["claimed_purchase"], program_id, *_claim_columns(transaction_id))
    return None if row is None else await read_transaction(executor, program_id, row["member_id"], row["transaction_id"])


async def is_taken(executor: Executor, program_id: UUID, transaction_id: UUID) -> bool:
    """Was an anonymous purchase claimed, or a part of it returned?"""
    return bool(await executor.fetchval(_SQL["claim_exists"], program_id, *_claim_columns(transaction_id)))


def posted_anonymously(desk: Desk, recorded: Recorded, *, replayed: bool) -> AnonymousPosted:
    token = seal_claim(desk.policy.handle_key, desk.program_id, recorded.transaction_id, recorded.posted_at)
    return AnonymousPosted(recorded, token, replayed)


def answer_anonymous(desk: Desk, outcome: Outcome) -> PostOutcome:
    """What an earlier request under the same key was told."""
    match outcome:
        case Posted(recorded=recorded) if recorded.member_id == NOBODY:
            return posted_anonymously(desk, recorded, replayed=True)
        case Posted():
            return outcome
        case KeyConflict():
            return IdempotencyConflict()
        case ReferenceTaken(recorded=recorded, outcome=parked):
            return DuplicateReference(recorded) if recorded is not None else parked_again(parked or {})
    return Rejected("RETRY_LATER", retry_after=1)


async def _known(desk: Desk, claimed: ClaimedBefore) -> PostOutcome:
    """The key's first answer, or what has the reference."""
    pool, earlier = desk.database.pool, claimed.earlier
    if isinstance(claimed.claim, Key):
        first = await first_answer(pool, desk.program_id, claimed.claim)
        return Rejected("RETRY_LATER", retry_after=1) if first is None else answer_anonymous(desk, first)
    if earlier.member_id is None or earlier.transaction_id is None:
        return parked_again(earlier.outcome or {})
    recorded = await read_transaction(pool, desk.program_id, earlier.member_id, earlier.transaction_id)
    assert recorded is not None  # a claim names a transaction that exists: conservation proves it
    return DuplicateReference(recorded)


def _claim_columns(transaction_id: UUID) -> tuple[Any, Any]:
    claim = claim_of(transaction_id)
    return claim.key, claim.scope
