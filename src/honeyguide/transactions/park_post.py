"""Parks a post that the program does not take by itself: kept under its key and reference, so it is neither lost nor doubled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from honeyguide.database import Connection, statements
from honeyguide.ledger.books import read_transaction
from honeyguide.till.claims import ClaimedBefore, claim_or_roll_back
from honeyguide.till.first_answer import answer_before
from honeyguide.transactions.anonymous_purchase import post_answer
from honeyguide.transactions.answers import PARKED, REJECTED_BY_REVIEW
from honeyguide.transactions.desk import Desk
from honeyguide.transactions.outcomes import DuplicateReference, Parked, PostOutcome, Rejected
from honeyguide.transactions.purchase_detail import line_detail
from honeyguide.transactions.purchase_intent import PurchaseIntent
from honeyguide.transactions.tenders import Tender, plain_tender

_SQL = statements(__package__, "transactions.sql")


async def park_post(desk: Desk, intent: PurchaseIntent, reason: str) -> PostOutcome:
    """Claim key and reference as the till would, and keep the purchase for the review queue."""
    claims = [claim for claim in (intent.key, intent.reference) if claim is not None]
    try:
        async with desk.database.transaction() as connection:
            parked_id = uuid7()
            names = {"parked": str(parked_id), "member": str(intent.member_id)}
            outcome = {"code": PARKED, "data": {**names, "reference": intent.partner_reference, "reason": reason}}
            await claim_or_roll_back(connection, desk.program_id, claims, member_id=intent.member_id, outcome=outcome, now=desk.now)
            await _insert(connection, desk, intent, parked_id, reason)
    except ClaimedBefore as claimed:
        return await heard(desk, post_answer(desk, await answer_before(desk.database.pool, desk.program_id, claimed)))
    return Parked(intent.partner_reference, reason, replayed=False)


async def heard(desk: Desk, outcome: PostOutcome) -> PostOutcome:
    """Who hears that a post is parked hears what was decided of it: its own claims know, another key under its reference does not."""
    if not isinstance(outcome, Parked) or outcome.parked is None:
        return outcome
    row = await desk.database.pool.fetchrow(_SQL["parked_outcome"], desk.program_id, *outcome.parked)
    if row is None or row["settled_at"] is None:
        return outcome
    if row["decision"] == "REJECT":
        return Rejected(REJECTED_BY_REVIEW, ("reference",))
    posted = await read_transaction(desk.database.pool, desk.program_id, row["transaction_member"], row["transaction_id"])
    return outcome if posted is None else DuplicateReference(posted)


async def forget_parked(connection: Connection, program_id: UUID, member_ids: Sequence[UUID]) -> Mapping[str, int]:
    """Parked posts of members who are erased; their claims stay, so the tills hear what they heard."""
    return {"parked_posts": await connection.fetchval(_SQL["forget_parked"], program_id, list(member_ids))}


async def _insert(connection: Connection, desk: Desk, intent: PurchaseIntent, parked_id: UUID, reason: str) -> None:
    purchase = intent.purchase
    assert intent.key is not None
    body = {
        "facts": intent.facts,
        "amount": purchase.amount_minor,
        "currency": purchase.currency,
        "channel": purchase.channel.value,
        "tax_included": purchase.tax_included,
        "lines": [line_detail(line) for line in purchase.lines],
        "tenders": [_tender(tender) for tender in intent.tenders],
        "asked_on": intent.asked_on,
        "earns": intent.earns,
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
        intent.key.key,
        intent.key.scope,
    )


def _tender(tender: Tender) -> dict[str, Any]:
    return {**plain_tender(tender), **({"hold": str(tender.hold_id)} if tender.hold_id is not None else {})}
