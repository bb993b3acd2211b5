"""What a purchase was paid with: a tender in points captures its hold in the same decision (R53); pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from math import ceil, floor
from typing import Any
from uuid import UUID

from honeyguide.ledger.member_books import MemberBooks
from honeyguide.ledger.postings import Capture
from honeyguide.members.proof import Proof
from honeyguide.programs.program import Program
from honeyguide.till.outcomes import Refusal
from honeyguide.transactions.most import MONEY, most_of
from honeyguide.transactions.requests import TenderKind
from honeyguide.transactions.settle_intent import FROZEN


@dataclass(frozen=True, slots=True)
class Tender:
    """`amount` minor units of the program's currency; `hold_id` of a tender in points."""

    kind: TenderKind
    amount: int
    hold_id: UUID | None = None
    voucher_code: str | None = None


def paid_in_points(tenders: Iterable[Tender]) -> int:
    """Minor units of the currency that points paid for."""
    return sum(tender.amount for tender in tenders if tender.kind is TenderKind.POINTS)


def captures_of(
    tenders: Sequence[Tender], program: Program, partner_id: UUID, shop: str | None, books: MemberBooks, now: datetime
) -> tuple[Capture, ...] | Refusal:
    """How much of each hold pays for its tender, or the first thing that is wrong with one; `shop`: whose holds a shop's credential takes."""
    captures: list[Capture] = []
    for place, tender in enumerate(tenders):
        if tender.hold_id is None:
            continue
        hold = books.holds.get(tender.hold_id)
        if hold is None or hold.partner_id != partner_id or shop not in (None, hold.location):
            return _refusal("NOT_FOUND", place, "holdId")
        if books.member_id in books.frozen:
            return _refusal(FROZEN, place, "holdId")
        if not hold.is_open(now) or any(capture.hold_id == hold.hold_id for capture in captures):
            return _refusal("HOLD_NOT_OPEN", place, "holdId")
        if hold.waits:
            return Refusal("PROOF_REQUIRED", {"accepts": [Proof.APPROVED.value], "path": ["tenders", str(place), "holdId"]})
        quantity = points_for(program, hold.unit, tender.amount)
        if quantity is None:
            return _refusal("UNKNOWN_UNIT", place, "holdId")
        if quantity > hold.amount:
            worth = most_of(money_for(program, hold.unit, hold.amount), MONEY)
            return Refusal("ABOVE_HOLD", {"path": ["tenders", str(place), "amount"], **worth})
        captures.append(Capture(hold.hold_id, quantity))
    return tuple(captures)


def points_for(program: Program, unit: str, amount: int) -> int | None:
    """Minor units of the unit that pay for an amount of money, rounded up (CEILING); None where the unit has no worth in money."""
    worth = _worth(program, unit)
    return ceil(amount / worth) if worth else None


def money_for(program: Program, unit: str, quantity: int) -> int:
    """The most money that so many pay for, rounded down (FLOOR): what `points_for` takes no more of."""
    worth = _worth(program, unit)
    return floor(quantity * worth) if worth else 0


def _worth(program: Program, unit: str) -> Fraction | None:
    """Minor units of money of one minor unit; None where it has no worth in money."""
    definition = program.units.get(unit)
    if definition is None:
        return None
    worth = Fraction(definition.worth) if definition.worth is not None else None
    if worth is None and program.unit_currency(unit) == program.currency:
        worth = Fraction(1)
    return worth * 10**program.currency_decimals / 10 ** program.decimals(unit) if worth else None


def tender_detail(tender: Tender, books: MemberBooks, captured: Mapping[UUID, int]) -> dict[str, Any]:
    """With the hold that it captured."""
    row = plain_tender(tender)
    if tender.hold_id is not None:
        hold = books.holds[tender.hold_id]
        row |= {"hold": str(tender.hold_id), "unit": hold.unit, "quantity": captured[tender.hold_id]}
        if hold.counter_name is not None:  # the day's limit that it used up
            row["counter"] = [hold.counter_name, hold.counter_period]
    return row


def plain_tender(tender: Tender) -> dict[str, Any]:
    """Absent keys are absent values."""
    row: dict[str, Any] = {"kind": tender.kind.value, "amount": tender.amount}
    if tender.voucher_code is not None:
        row["voucher"] = tender.voucher_code
    return row


def _refusal(code: str, place: int, name: str) -> Refusal:
    return Refusal(code, {"path": ["tenders", str(place), name]})
