"""Returns without a receipt: which recorded purchase a returned line belongs to (R50); pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from honeyguide.ledger.member_books import Past
from honeyguide.programs.purchase import Line, Purchase
from honeyguide.transactions.remainder import Returned, line_left, remaining, returned_so_far
from honeyguide.transactions.reversal_request import AskedLine


@dataclass(frozen=True, slots=True)
class Candidate:
    """A purchase of the member at the partner, some days old at most, that has lines of a returned article."""

    transaction_id: UUID
    occurred_at: datetime
    purchase: Purchase


@dataclass(frozen=True, slots=True)
class Matched:
    """What goes back to which recorded purchase, and the lines that belong to none."""

    lines: Mapping[UUID, tuple[AskedLine, ...]]
    unmatched: tuple[Line, ...]

    @property
    def unmatched_amount(self) -> int:
        """Minor units of money, above 0."""
        return -sum(line.amount_minor for line in self.unmatched)


def matched_lines(returned: Sequence[Line], candidates: Sequence[Candidate], past: Mapping[UUID, Past]) -> Matched:
    """The best match of each line: the same article with so much left of it, at the same price if there is one, the newest purchase first."""
    so_far = {one.transaction_id: returned_so_far(past.get(one.transaction_id, Past()).reversals) for one in candidates}
    found: dict[UUID, list[AskedLine]] = {}
    unmatched: list[Line] = []
    for line in returned:
        quantity, amount = abs(line.quantity) or Decimal(1), -line.amount_minor
        best = min(_fits(line, quantity, amount, candidates, so_far), default=None, key=lambda fit: fit[0])
        if best is None:
            unmatched.append(line)
            continue
        _, transaction_id, line_id = best
        so_far[transaction_id] = so_far[transaction_id].plus(Returned({line_id: (quantity, amount)}))
        found.setdefault(transaction_id, []).append(AskedLine(line_id, quantity, amount))
    return Matched({transaction_id: tuple(lines) for transaction_id, lines in found.items()}, tuple(unmatched))


Rank = tuple[bool, float]


def _fits(
    line: Line, quantity: Decimal, amount: int, candidates: Iterable[Candidate], so_far: Mapping[UUID, Returned]
) -> Iterable[tuple[Rank, UUID, str]]:
    if line.sku is None:
        return
    for candidate in candidates:
        returned = so_far[candidate.transaction_id]
        if returned.whole or remaining(candidate.purchase, returned).amount_minor < amount:
            continue
        for bought in candidate.purchase.lines:
            left_quantity, left_amount = line_left(bought, returned)
            if bought.sku == line.sku and left_quantity >= quantity and left_amount >= amount:
                another_price = bought.amount_minor * quantity != amount * bought.quantity
                yield (another_price, -candidate.occurred_at.timestamp()), candidate.transaction_id, bought.line_id
