"""A purchase some of whose lines come back: looks for the purchases they were bought with, and parks what is above a limit (R50, R52)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from uuid import UUID

from honeyguide.database import statements
from honeyguide.ledger.books import recorded_of
from honeyguide.ledger.recorded import Recorded
from honeyguide.members.standing import REVIEWABLE, qualifying_rows
from honeyguide.programs.purchase import Line
from honeyguide.programs.returns import unmatched_limit
from honeyguide.till.intent import Reads
from honeyguide.till.reading import read_books
from honeyguide.transactions.checking import is_returned
from honeyguide.transactions.desk import Desk
from honeyguide.transactions.exchange_intent import ExchangeIntent, unmatched_counter
from honeyguide.transactions.purchase_detail import line_detail, recorded_purchase
from honeyguide.transactions.purchase_intent import PurchaseIntent
from honeyguide.transactions.reversal_intent import ReversalIntent
from honeyguide.transactions.reversal_request import Asked

_SQL = statements(__package__, "transactions.sql")
UNMATCHED = "UNMATCHED_RETURN"
# Of the purchases with a returned article, the newest are looked at.
_MOST_CANDIDATES = 50


async def exchange_of(desk: Desk, intent: PurchaseIntent, *, pools: bool) -> ExchangeIntent:
    """The intent of the whole receipt, out of the one that was checked as a purchase; `pools`: what the member earns goes to a household."""
    purchase = intent.purchase
    returned = tuple(line for line in purchase.lines if is_returned(line))
    kept = tuple(line for line in purchase.lines if not is_returned(line))
    bought = replace(
        intent,
        purchase=replace(purchase, lines=kept, amount_minor=sum(line.amount_minor for line in kept)),
        amount_minor=purchase.amount_minor,
        returned=tuple({**line_detail(line), "returned": True} for line in returned),
    )
    candidates = await _candidates(desk, intent, returned)
    reversals = {one.transaction_id: await _reversal(desk, bought, one, pools=pools) for one in candidates}
    return ExchangeIntent(bought, returned, reversals, _reads(desk, bought, list(reversals.values())))


async def is_above_limits(desk: Desk, intent: ExchangeIntent) -> bool:
    """Without any lock, so that most are parked and only a race is refused: more without a purchase than one member or one cashier may bring."""
    books = await read_books(desk.database.pool, desk.program_id, intent.member_id, intent.reads, desk.now)
    if books is None:
        return False
    amount, program = intent.matched(books).unmatched_amount, desk.applied.program
    by_member, by_cashier = unmatched_limit(program, "member"), unmatched_limit(program, "cashier")
    if not amount:
        return False
    if by_member is not None and books.counter(*intent.limit_counter) + amount > by_member:
        return True
    return by_cashier is not None and await _brought_to(desk, intent.bought.facts.get("cashier")) + amount > by_cashier


async def _candidates(desk: Desk, intent: PurchaseIntent, returned: Sequence[Line]) -> list[Recorded]:
    skus = sorted({line.sku for line in returned if line.sku is not None})
    since = desk.now - timedelta(days=desk.applied.program.returns.days)
    rows = await desk.database.pool.fetch(
        _SQL["purchases_of_articles"], desk.program_id, intent.member_id, intent.partner_id, since, skus, _MOST_CANDIDATES
    )
    return [recorded_of(row) for row in rows]


async def _reversal(desk: Desk, bought: PurchaseIntent, original: Recorded, *, pools: bool) -> ReversalIntent:
    return ReversalIntent(
        applied=desk.applied,
        then=await desk.programs.at(desk.program_id, original.program_version),
        original=original,
        purchase=recorded_purchase(original, desk.partner.code),
        asked=Asked(),
        transaction_id=bought.transaction_id,
        key=None,
        reference=None,
        partner_reference=None,
        business_date=bought.business_date,
        location=bought.purchase.location,
        occurred_at=bought.purchase.occurred_at,
        reads=Reads(ranges=qualifying_rows(desk.applied.program, desk.now - REVIEWABLE)),
        facts={name: value for name, value in bought.facts.items() if name == "cashier"},
        pool_has_it=pools,
    )


def _reads(desk: Desk, bought: PurchaseIntent, reversals: Sequence[ReversalIntent]) -> Reads:
    counters = {(name, period) for one in reversals for name, period, _ in one.original.detail.get("counts", ())}
    counters |= {tender.counter for one in reversals if one.purchase for tender in one.purchase.paid if tender.counter}
    own = bought.reads
    return replace(
        own,
        counters=tuple({*own.counters, *counters, unmatched_counter(bought.asked_on)}),
        ranges=tuple({*own.ranges, *qualifying_rows(desk.applied.program, desk.now - REVIEWABLE)}),
        lots=True,
        past=tuple(one.original.transaction_id for one in reversals),
    )


async def _brought_to(desk: Desk, cashier: str | None) -> int:
    """Minor units that came back to one cashier today without a recorded purchase; a till that names none is one cashier."""
    zone = desk.applied.program.zone
    midnight = datetime.combine(desk.now.astimezone(zone).date(), time(), zone)
    first = UUID(int=int(midnight.timestamp() * 1000) << 80)  # UUIDv7 begins with its milliseconds
    found = await desk.database.pool.fetchval(_SQL["unmatched_at_cashier"], desk.program_id, desk.partner.partner_id, first, cashier or "")
    return int(found)
