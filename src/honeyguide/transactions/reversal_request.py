"""How much of a transaction is to go back: as asked, checked against what is left of it; pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from honeyguide.programs.purchase import Line, Purchase
from honeyguide.till.outcomes import Refusal
from honeyguide.transactions.most import MONEY, most_of
from honeyguide.transactions.remainder import Returned, line_left, remaining

ABOVE = "ABOVE_WHAT_IS_LEFT"


@dataclass(frozen=True, slots=True)
class AskedLine:
    """So many of a line; `amount` in minor units, None: the line's own amount for so many."""

    line_id: str
    quantity: Decimal
    amount: int | None


@dataclass(frozen=True, slots=True)
class Asked:
    """One of: minor units of money, lines, minor units of the redeemed unit; none of them: all that is left."""

    amount: int | None = None
    lines: tuple[AskedLine, ...] = ()
    quantity: int | None = None


def returned_of(asked: Asked, purchase: Purchase, so_far: Returned) -> Returned | Refusal:
    """What comes back now, or why it cannot: never more than is left of the purchase or of a line."""
    left = remaining(purchase, so_far).amount_minor
    if so_far.whole or (left <= 0 and purchase.amount_minor > 0):
        return Refusal("NOTHING_LEFT_TO_REVERSE", {"path": ["transaction"]})
    if asked.lines:
        return _lines(asked.lines, purchase, so_far, left)
    if asked.amount is None:
        return Returned(amount=left, whole=True)
    return _above(["what", "amount", "amount"], left) if asked.amount > left else Returned(amount=asked.amount)


def _lines(asked: tuple[AskedLine, ...], purchase: Purchase, so_far: Returned, left: int) -> Returned | Refusal:
    lines = {line.line_id: line for line in purchase.lines}
    now = Returned()
    for place, one in enumerate(asked):
        path = ["what", "lines", str(place)]
        line = lines.get(one.line_id)
        if line is None:
            return Refusal("NOT_FOUND", {"path": [*path, "lineId"]})
        taken = _line(one, line, so_far.plus(now), path)
        if isinstance(taken, Refusal):
            return taken
        now = now.plus(Returned({one.line_id: taken}))
    if now.total > left:
        return _above(["what", "lines"], left)
    if now.total < 0:  # a discount alone cannot come back: it would make the purchase dearer
        return Refusal("NEGATIVE_AMOUNT", {"path": ["what", "lines"]})
    return now


def _line(asked: AskedLine, line: Line, so_far: Returned, path: list[str]) -> tuple[Decimal, int] | Refusal:
    quantity, amount = line_left(line, so_far)
    if asked.quantity > quantity:
        return Refusal(ABOVE, {"path": [*path, "quantity"], **most_of(quantity)})
    if asked.amount is None:
        return asked.quantity, amount if asked.quantity == quantity else _for(asked.quantity, line)
    if abs(asked.amount) > abs(amount) or asked.amount * amount < 0:
        return _above([*path, "amount"], amount)
    return asked.quantity, asked.amount


def _for(quantity: Decimal, line: Line) -> int:
    """The line's amount for so many, rounded down toward zero; the last of a line brings the rest."""
    numerator, denominator = (quantity / line.quantity).as_integer_ratio() if line.quantity else (0, 1)
    whole = abs(line.amount_minor) * numerator // denominator
    return whole if line.amount_minor >= 0 else -whole


def _above(path: list[str], left: int) -> Refusal:
    return Refusal(ABOVE, {"path": path, **most_of(left, MONEY)})
