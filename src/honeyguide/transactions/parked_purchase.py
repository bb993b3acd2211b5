"""A parked purchase as the till is asked to post it: by the rules of its day, under its own key and reference."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from honeyguide.programs.current import Applied
from honeyguide.programs.evaluation import needs
from honeyguide.programs.purchase import Channel, Line, LineKind, Purchase
from honeyguide.till.claims import reference_scope
from honeyguide.till.intent import Key, Reference
from honeyguide.transactions.desk import Desk
from honeyguide.transactions.purchase_intent import PurchaseIntent, purchase_reads
from honeyguide.transactions.requests import TenderKind
from honeyguide.transactions.review import ParkedPost
from honeyguide.transactions.tenders import Tender


def claims_of(parked: ParkedPost) -> tuple[Key, Reference]:
    """What it was parked under."""
    assert parked.key is not None and parked.key_scope is not None
    scope = reference_scope(parked.partner_id, parked.location, parked.business_date, "PURCHASE")
    return Key(parked.key_scope, parked.key, b""), Reference(scope, parked.reference)


async def parked_intent(desk: Desk, parked: ParkedPost, member_id: UUID) -> PurchaseIntent:
    """As the till would have been asked when it came in; somebody has looked at it, so no limit parks it again."""
    body = parked.purchase
    rules = await desk.programs.as_of(desk.program_id, parked.occurred_at) if parked.occurred_at < desk.applied.applied_at else desk.applied
    purchase = _purchase(desk, parked)
    tenders = tuple(map(_tender, body["tenders"]))
    key, reference = claims_of(parked)
    intent = PurchaseIntent(
        applied=desk.applied,
        rules=rules,
        member_id=member_id,
        transaction_id=uuid7(),
        key=key,
        reference=reference,
        partner_id=parked.partner_id,
        partner_reference=parked.reference,
        business_date=parked.business_date,
        purchase=purchase,
        needs=needs(rules.program, purchase),
        reads=_reads(desk.applied, rules, purchase, body["asked_on"]),
        asked_on=body["asked_on"],
        facts={**body["facts"], "parked": parked.reason},
        tenders=tenders,
        limited=False,
        earns=body["earns"],
    )
    holds = tuple(tender.hold_id for tender in tenders if tender.hold_id is not None)
    return replace(intent, reads=replace(intent.reads, lots=True, holds=holds, burner=member_id)) if holds else intent


def _reads(applied: Applied, rules: Applied, purchase: Purchase, asked_on: str) -> Any:
    return purchase_reads(applied.program, rules.program, needs(rules.program, purchase), purchase.occurred_at, asked_on)


def _purchase(desk: Desk, parked: ParkedPost) -> Purchase:
    body = parked.purchase
    return Purchase(
        partner=desk.partner.code,
        location=parked.location,
        occurred_at=parked.occurred_at,
        amount_minor=body["amount"],
        currency=body["currency"],
        lines=tuple(map(_line, body["lines"])),
        channel=Channel(body["channel"]),
        tax_included=body["tax_included"],
    )


def _line(row: dict[str, Any]) -> Line:
    kind = LineKind(row.get("kind", LineKind.PRODUCT))
    return Line(row["id"], row.get("sku"), row.get("category"), row.get("mcc"), Decimal(row["quantity"]), row["amount"], kind)


def _tender(row: dict[str, Any]) -> Tender:
    return Tender(TenderKind(row["kind"]), row["amount"], UUID(row["hold"]) if "hold" in row else None, row.get("voucher"))
