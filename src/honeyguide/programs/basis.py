"""What a purchase earns on where a part of it was paid in points (R8); pure."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from honeyguide.programs.purchase import Line, Purchase

if TYPE_CHECKING:
    from honeyguide.programs.program import Program


class Basis(StrEnum):
    NET = "net"
    GROSS = "gross"


def on_basis(program: Program, purchase: Purchase, paid_in_points: int) -> Purchase:
    """The purchase as it earns: by `net` without what was paid in points, in minor units, taken from every line in proportion.

    Shares are whole minor units that add up to what was paid; paid wholly in points, every line is 0.
    """
    if program.basis is Basis.GROSS or not paid_in_points:
        return purchase
    left = replace(purchase, amount_minor=purchase.amount_minor - paid_in_points)
    total = sum(line.amount_minor for line in purchase.lines)
    return replace(left, lines=_without(purchase.lines, paid_in_points, total)) if total > 0 else left


def _without(lines: tuple[Line, ...], paid: int, total: int) -> tuple[Line, ...]:
    left, so_far, taken = [], 0, 0
    for line in lines:
        so_far += line.amount_minor
        share = paid * so_far // total - taken  # of all lines so far, so that the shares add up
        taken += share
        left.append(replace(line, amount_minor=line.amount_minor - share))
    return tuple(left)
