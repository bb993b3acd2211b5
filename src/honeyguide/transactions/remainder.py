"""What is left of a purchase after returns, and what that would have earned by the rules it was recorded with (R19, R20); pure.

Everything follows from the state of the returns, never from their order: reversed = recorded - earned by what remains.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from heapq import heapify, heapreplace
from typing import Any
from uuid import UUID

from honeyguide.programs.basis import on_basis
from honeyguide.programs.evaluation import Evaluation, evaluate
from honeyguide.programs.program import Program
from honeyguide.programs.purchase import Line, Purchase
from honeyguide.transactions.purchase_detail import RecordedPurchase, counts_of

# What a reversal leaves behind; it is kept with the reversal, so that a list can be asked for either.
REVERSED, PARTLY_REVERSED = "REVERSED", "PARTLY_REVERSED"


@dataclass(frozen=True, slots=True)
class Returned:
    """What of a purchase came back: by line (quantity, minor units), by amounts that name no line, or all of it."""

    lines: Mapping[str, tuple[Decimal, int]] = field(default_factory=dict)
    amount: int = 0
    whole: bool = False

    @property
    def total(self) -> int:
        return self.amount + sum(amount for _, amount in self.lines.values())

    def plus(self, other: Returned) -> Returned:
        lines = dict(self.lines)
        for line_id, (quantity, amount) in other.lines.items():
            so_far = lines.get(line_id, (Decimal(0), 0))
            lines[line_id] = (so_far[0] + quantity, so_far[1] + amount)
        return Returned(lines, self.amount + other.amount, self.whole or other.whole)

    def as_json(self) -> dict[str, Any]:
        """Absent keys are empty."""
        row: dict[str, Any] = {"total": self.total}
        if self.lines:
            row["lines"] = [{"id": line_id, "quantity": str(quantity), "amount": n} for line_id, (quantity, n) in self.lines.items()]
        if self.amount:
            row["amount"] = self.amount
        if self.whole:
            row["whole"] = True
        return row

    @staticmethod
    def of_json(row: Mapping[str, Any]) -> Returned:
        lines = {line["id"]: (Decimal(line["quantity"]), line["amount"]) for line in row.get("lines", ())}
        return Returned(lines, row.get("amount", 0), row.get("whole", False))


@dataclass(frozen=True, slots=True)
class Kept:
    """What a purchase still gives after returns: money left, quantity by accrual (in their order), counter amounts, points it was paid with."""

    amount: int
    accruals: tuple[int, ...]
    counts: Mapping[tuple[str, str], int]
    paid: tuple[int, ...]


def returned_so_far(reversals: Iterable[Mapping[str, Any]]) -> Returned:
    so_far = Returned()
    for detail in reversals:
        so_far = so_far.plus(Returned.of_json(detail.get("refunded", {})))
    return so_far


def kept_of(recorded: RecordedPurchase, program: Program, returned: Returned) -> Kept:
    """What the purchase gives for what is left of it, by the program version it was posted under."""
    purchase = recorded.purchase
    left = remaining(purchase, returned)
    if returned.whole or (purchase.amount_minor > 0 and left.amount_minor <= 0):
        return Kept(0, tuple(0 for _ in recorded.accruals), {}, tuple(0 for _ in recorded.paid))
    paid = tuple(_share(tender.quantity, left.amount_minor, purchase.amount_minor) for tender in recorded.paid)
    if not returned.total:
        return Kept(left.amount_minor, tuple(accrual.quantity for accrual in recorded.accruals), recorded.counts, paid)
    if not _agrees(recorded, _evaluated(recorded, program, purchase)):
        return _in_proportion(recorded, left, paid)
    evaluation = _evaluated(recorded, program, left)
    return Kept(left.amount_minor, _by_accrual(recorded, evaluation), counts_of(evaluation.counters), paid)


def remaining(purchase: Purchase, returned: Returned) -> Purchase:
    """The purchase without what came back; an amount that names no line is taken from all lines that are left, in proportion."""
    lines = tuple(replace(line, amount_minor=line.amount_minor - returned.lines.get(line.line_id, (0, 0))[1]) for line in purchase.lines)
    total = sum(line.amount_minor for line in lines) if lines else purchase.amount_minor
    left = total - returned.amount
    return replace(purchase, amount_minor=left, lines=_scaled(lines, left, total) if returned.amount else lines)


def state_left(purchase: Purchase, returned: Returned) -> str:
    """The state in which readers find a purchase of which so much came back."""
    is_all = returned.whole or (purchase.amount_minor > 0 and remaining(purchase, returned).amount_minor <= 0)
    return REVERSED if is_all else PARTLY_REVERSED


def line_left(line: Line, returned: Returned) -> tuple[Decimal, int]:
    """Quantity and minor units of a line that have not come back."""
    quantity, amount = returned.lines.get(line.line_id, (Decimal(0), 0))
    return line.quantity - quantity, line.amount_minor - amount


def _scaled(lines: Sequence[Line], left: int, total: int) -> tuple[Line, ...]:
    """Shares are whole minor units that add up; as more comes back no share of an article grows, so that no order of returns matters.

    Discounts shrink with the whole, rounded down.
    """
    reduced = sum(-line.amount_minor for line in lines if line.amount_minor < 0)
    reduced_left = reduced * left // total if total > 0 else 0
    bought = iter(_shares([line.amount_minor for line in lines if line.amount_minor >= 0], left + reduced_left))
    less = iter(_shares([-line.amount_minor for line in lines if line.amount_minor < 0], reduced_left))
    return tuple(replace(line, amount_minor=next(bought) if line.amount_minor >= 0 else -next(less)) for line in lines)


def _shares(amounts: Sequence[int], left: int) -> list[int]:
    """`left` in proportion to the amounts, by greatest quotients (D'Hondt): of all ways to round, those in which no share ever grows."""
    total = sum(amounts)
    shares = [left * amount // total if total else 0 for amount in amounts]
    quotients = [(-Fraction(amount, share + 1), place) for place, (amount, share) in enumerate(zip(amounts, shares, strict=True))]
    heapify(quotients)
    for _ in range(left - sum(shares) if total else 0):
        place = quotients[0][1]
        shares[place] += 1
        heapreplace(quotients, (-Fraction(amounts[place], shares[place] + 1), place))
    return shares


def _evaluated(recorded: RecordedPurchase, program: Program, purchase: Purchase) -> Evaluation:
    """By the recorded tier and counters; what was paid in points shrinks with the purchase."""
    whole = recorded.purchase.amount_minor
    paid = recorded.paid_money * purchase.amount_minor // whole if whole else 0
    return evaluate(program, on_basis(program, purchase, paid), recorded.facts, {accrual.rule for accrual in recorded.accruals})


def _agrees(recorded: RecordedPurchase, again: Evaluation) -> bool:
    """Does this release work the whole purchase out as the one that recorded it did?"""
    return sorted((one.unit, one.quantity) for one in again.accruals) == sorted((one.unit, one.quantity) for one in recorded.accruals)


def _by_accrual(recorded: RecordedPurchase, evaluation: Evaluation) -> tuple[int, ...]:
    """What is kept of each accrual: that of the same unit and dates, and where another rule won meanwhile, of the same unit; never more than it gave."""
    left: dict[tuple[str, Any, Any], int] = {}
    for accrual in evaluation.accruals:
        key = (accrual.unit, accrual.available_at, accrual.expires_at)
        left[key] = left.get(key, 0) + accrual.quantity
    kept = []
    for one in recorded.accruals:
        key = (one.unit, one.available_at, one.expires_at)
        taken = min(left.get(key, 0), one.quantity)
        left[key] = left.get(key, 0) - taken
        kept.append(taken)
    for place, one in enumerate(recorded.accruals):
        for key, rest in left.items():
            if key[0] == one.unit and rest > 0:
                more = min(rest, one.quantity - kept[place])
                left[key] -= more
                kept[place] += more
    return tuple(kept)


def _in_proportion(recorded: RecordedPurchase, left: Purchase, paid: tuple[int, ...]) -> Kept:
    """Where this release would have worked it out otherwise, what was recorded shrinks with the amount, rounded down."""
    whole = recorded.purchase.amount_minor
    share = {key: amount * left.amount_minor // whole for key, amount in recorded.counts.items()} if whole else {}
    kept = tuple(one.quantity * left.amount_minor // whole if whole else 0 for one in recorded.accruals)
    return Kept(left.amount_minor, kept, share, paid)


def _share(quantity: int, left: int, whole: int) -> int:
    """Points that still pay for what is left, rounded up (CEILING): the shop keeps its due until the last of it came back."""
    return -(-quantity * left // whole) if whole > 0 else 0


def restored_by_lot(burned: Sequence[tuple[UUID, int]], restored: Mapping[UUID, int], amount: int) -> list[tuple[UUID, int]]:
    """To which lots `amount` goes back: what burned last comes back first, as if less had been redeemed (R23)."""
    back = []
    for lot_id, taken in reversed(burned):
        part = min(amount, taken - restored.get(lot_id, 0))
        if part > 0:
            back.append((lot_id, part))
            amount -= part
    if amount:
        raise ValueError(f"{amount} more than burned would come back")
    return back
