"""A purchase as it is recorded and read again: all that it was decided from, so that a reversal never asks today's program (R19); pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from honeyguide.ledger.because import reason
from honeyguide.ledger.member_books import MemberBooks
from honeyguide.ledger.postings import NewLot
from honeyguide.ledger.recorded import Recorded
from honeyguide.programs.evaluation import Accrual, Because, CounterKey, CounterUse, Evaluation, Facts
from honeyguide.programs.program import Program
from honeyguide.programs.purchase import Channel, Line, LineKind, Purchase
from honeyguide.quantities import LARGEST_MINOR, TooLarge


@dataclass(frozen=True, slots=True)
class RecordedAccrual:
    """What a purchase earned of one unit with one pair of dates, and the lot it became."""

    unit: str
    quantity: int
    rule: str
    available_at: datetime
    expires_at: datetime | None
    lot_id: UUID


@dataclass(frozen=True, slots=True)
class RecordedTender:
    """Points that paid for a part of it, and the counter whose limit they used up, if any."""

    unit: str
    quantity: int
    counter: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class RecordedPurchase:
    """A purchase out of the books: what was bought and kept (without lines that were returns), and what it was decided from."""

    purchase: Purchase
    facts: Facts
    accruals: tuple[RecordedAccrual, ...]
    counts: Mapping[tuple[str, str], int]
    paid: tuple[RecordedTender, ...]
    paid_money: int  # what that was worth, in minor units of the currency
    promoted: bool


def evaluation_detail(evaluation: Evaluation, lots: Sequence[NewLot], facts: Facts, now: datetime) -> dict[str, Any]:
    """What the rules said, and what they looked at; absent keys are empty."""
    detail: dict[str, Any] = {
        "accruals": [_accrual(accrual, lot, now) for accrual, lot in zip(evaluation.accruals, lots, strict=True)],
        "missed": [because_detail(because) for because in evaluation.missed],
        "tier": facts.tier,
    }
    if evaluation.counters:
        detail["counts"] = [[use.name, use.period, use.amount] for use in evaluation.counters]
    if used := [[key.name, key.period, value] for key, value in facts.counters.items() if value]:
        detail["counters"] = used
    return detail


def recorded_purchase(recorded: Recorded, partner: str) -> RecordedPurchase:
    """The other way round; `partner` is the code of the partner that posted it."""
    detail = recorded.detail
    lines = tuple(_line(row) for row in detail["lines"] if not row.get("returned"))
    kept = sum(line.amount_minor for line in lines) if detail.get("returns") else recorded.amount_minor or 0
    counts: dict[tuple[str, str], int] = {}
    for name, period, amount in detail.get("counts", ()):
        counts[name, period] = counts.get((name, period), 0) + amount
    tenders = [tender for tender in detail.get("tenders", ()) if tender["kind"] == "POINTS"]
    return RecordedPurchase(
        purchase=Purchase(
            partner=partner,
            location=recorded.location,
            occurred_at=recorded.occurred_at,
            amount_minor=kept,
            currency=recorded.currency or "",
            lines=lines,
            channel=Channel(detail.get("channel", Channel.STORE)),
            tax_included=detail.get("tax_included", True),
        ),
        facts=Facts(
            posted_at=recorded.posted_at,
            tier=detail.get("tier"),
            counters={CounterKey(name, period): value for name, period, value in detail.get("counters", ())},
        ),
        accruals=tuple(_recorded_accrual(row) for row in detail.get("accruals", ())),
        counts=counts,
        paid=tuple(RecordedTender(row["unit"], row["quantity"], tuple(row["counter"]) if "counter" in row else None) for row in tenders),
        paid_money=sum(tender["amount"] for tender in tenders),
        promoted="promotion" in detail,
    )


def after_detail(program: Program, books: MemberBooks, now: datetime) -> dict[str, Any]:
    """What the member has after it, so that a replay tells the first answer again."""
    accounts = {unit: {"available": books.available(unit, now), "pending": books.pending(unit, now)} for unit in program.units}
    return {"tier": books.tier.tier, "accounts": accounts}


def because_detail(because: Because) -> dict[str, Any]:
    """The recorded form; raises TooLarge for what a cap cut from a rate that nobody can mean."""
    if abs(because.quantity) > LARGEST_MINOR:
        raise TooLarge("more than the books' integers hold")
    return reason(because.rule, because.quantity, because.unit, **because.inputs)


def line_detail(line: Line) -> dict[str, Any]:
    """Absent keys are absent values; `quantity` stays text, it is a decimal."""
    row: dict[str, Any] = {"id": line.line_id, "quantity": str(line.quantity), "amount": line.amount_minor}
    if line.sku is not None:
        row["sku"] = line.sku
    if line.category is not None:
        row["category"] = line.category
    if line.mcc is not None:
        row["mcc"] = line.mcc
    if line.kind is not LineKind.PRODUCT:
        row["kind"] = line.kind.value
    return row


def counts_of(uses: Sequence[CounterUse]) -> dict[tuple[str, str], int]:
    """Counter uses summed by (name, period)."""
    counts: dict[tuple[str, str], int] = {}
    for use in uses:
        counts[use.name, use.period] = counts.get((use.name, use.period), 0) + use.amount
    return counts


def _line(row: Mapping[str, Any]) -> Line:
    kind = LineKind(row.get("kind", LineKind.PRODUCT))
    return Line(row["id"], row.get("sku"), row.get("category"), row.get("mcc"), Decimal(row["quantity"]), row["amount"], kind)


def _accrual(accrual: Accrual, lot: NewLot, now: datetime) -> dict[str, Any]:
    return {
        "unit": accrual.unit,
        "quantity": accrual.quantity,
        "rule": accrual.rule,
        "state": "PENDING" if accrual.available_at > now else "AVAILABLE",
        "available_at": accrual.available_at.isoformat(),
        "expires_at": accrual.expires_at.isoformat() if accrual.expires_at else None,
        "lot": str(lot.lot_id),
        "because": [because_detail(because) for because in accrual.because],
    }


def _recorded_accrual(row: Mapping[str, Any]) -> RecordedAccrual:
    expires_at = row["expires_at"]
    return RecordedAccrual(
        unit=row["unit"],
        quantity=row["quantity"],
        rule=row["rule"],
        available_at=datetime.fromisoformat(row["available_at"]),
        expires_at=datetime.fromisoformat(expires_at) if expires_at else None,
        lot_id=UUID(row["lot"]),
    )
