"""Parks a post that the program does not take by itself: kept under its key and reference, so it is neither lost nor doubled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from honeyguide.database import Connection, Executor, statements
from honeyguide.till.claims import ClaimedBefore, claim_or_roll_back
from honeyguide.till.first_answer import answer_before
from honeyguide.transactions.anonymous_purchase import post_answer
from honeyguide.transactions.answers import PARKED
from honeyguide.transactions.desk import Desk
from honeyguide.transactions.outcomes import Parked, PostOutcome
from honeyguide.transactions.purchase_detail import line_detail
from honeyguide.transactions.purchase_intent import PurchaseIntent

_SQL = statements(__package__, "transactions.sql")


@dataclass(frozen=True, slots=True)
class ParkedPost:
    """A row of the review queue."""

    parked_id: UUID
    member_id: UUID
    partner_id: UUID
    location: str | None
    reference: str
    business_date: date
    reason: str
    occurred_at: datetime
    received_at: datetime


async def park_post(desk: Desk, intent: PurchaseIntent, reason: str) -> PostOutcome:
    """Claim key and reference as the till would, and keep the purchase for the review queue."""
    claims = [claim for claim in (intent.key, intent.reference) if claim is not None]
    try:
        async with desk.database.transaction() as connection:
            parked_id = uuid7()
            outcome = {"code": PARKED, "data": {"parked": str(parked_id), "reference": intent.partner_reference, "reason": reason}}
            await claim_or_roll_back(connection, desk.program_id, claims, member_id=intent.member_id, outcome=outcome, now=desk.now)
            await _insert(connection, desk, intent, parked_id, reason)
    except ClaimedBefore as claimed:
        return post_answer(desk, await answer_before(desk.database.pool, desk.program_id, claimed))
    return Parked(intent.partner_reference, reason, replayed=False)


async def parked_posts(executor: Executor, program_id: UUID, after: tuple[datetime, UUID] | None, limit: int) -> list[ParkedPost]:
    """The review queue, oldest first, behind a row's (received_at, parked_id)."""
    received_at, parked_id = after or (None, None)
    return [ParkedPost(**row) for row in await executor.fetch(_SQL["parked_posts"], program_id, received_at, parked_id, limit)]


async def forget_parked(connection: Connection, program_id: UUID, member_ids: Sequence[UUID]) -> Mapping[str, int]:
    """Parked posts of members who are erased; their claims stay, so the tills hear what they heard."""
    return {"parked_posts": await connection.fetchval(_SQL["forget_parked"], program_id, list(member_ids))}


async def _insert(connection: Connection, desk: Desk, intent: PurchaseIntent, parked_id: UUID, reason: str) -> None:
    purchase = intent.purchase
    body = {
        **intent.facts,
        "amount": purchase.amount_minor,
        "currency": purchase.currency,
        "lines": [line_detail(line) for line in purchase.lines],
    }
    await connection.execute(
        _SQL["insert_parked"],
        desk.program_id,
        intent.member_id,
        parked_id,
        intent.partner_id,
        purchase.location,
        intent.partner_reference,
        intent.business_date,
        reason,
        purchase.occurred_at,
        desk.now,
        body,
    )
