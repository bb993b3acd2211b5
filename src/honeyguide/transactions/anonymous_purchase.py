"""A purchase that names nobody: recorded with its lines, earning nothing until its receipt is claimed, once (R54)."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from honeyguide.database import Connection, Executor, statements
from honeyguide.ledger.accounts import NOBODY
from honeyguide.ledger.books import read_transaction
from honeyguide.ledger.recorded import Recorded, TransactionKind
from honeyguide.till.claims import ClaimedBefore, claim_or_roll_back
from honeyguide.till.first_answer import answer_before
from honeyguide.till.intent import Reference
from honeyguide.till.outcomes import Outcome, Posted
from honeyguide.transactions.answers import answer_of
from honeyguide.transactions.claim_link import seal_claim
from honeyguide.transactions.desk import Desk
from honeyguide.transactions.outcomes import AnonymousPosted, PostOutcome
from honeyguide.transactions.purchase_intent import PurchaseIntent
from honeyguide.transactions.tenders import plain_tender

_SQL = statements(__package__, "transactions.sql")
_COLUMNS = tuple(field.name for field in fields(Recorded))


def claim_of(transaction_id: UUID) -> Reference:
    """Who holds this has the anonymous purchase: the member who claimed it, or whoever returned a part of it before."""
    return Reference("reference:anonymous", str(transaction_id))


async def post_anonymous(desk: Desk, intent: PurchaseIntent) -> PostOutcome:
    """Record it under nobody; `intent` is that of a purchase whose member is not known."""
    recorded = anonymous_record(intent, desk.now)
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
        return post_answer(desk, await answer_before(desk.database.pool, desk.program_id, claimed))
    return posted_anonymously(desk, recorded, replayed=False)


def anonymous_record(intent: PurchaseIntent, now: datetime) -> Recorded:
    """The purchase as it stands in the books of nobody."""
    return Recorded(
        program_id=intent.program_id,
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
        posted_at=now,
        program_version=intent.rules.version,
        detail={**intent.bought(), **({"tenders": [plain_tender(tender) for tender in intent.tenders]} if intent.tenders else {})},
    )


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


def post_answer(desk: Desk, outcome: Outcome) -> PostOutcome:
    """What the till or an earlier claim answered, in the words of a post, whoever bought."""
    if isinstance(outcome, Posted) and outcome.recorded.member_id == NOBODY:
        return posted_anonymously(desk, outcome.recorded, replayed=outcome.replayed)
    return cast(PostOutcome, answer_of(outcome, ("amount", "amount")))


def _claim_columns(transaction_id: UUID) -> tuple[Any, Any]:
    claim = claim_of(transaction_id)
    return claim.key, claim.scope
