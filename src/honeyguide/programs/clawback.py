"""Where a reversal takes back what a purchase earned when its own points are gone (R21); pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from honeyguide.programs.program import Program


class ClawbackPolicy(StrEnum):
    """The end of the way: pending of that purchase, its lot, other lots, then this."""

    UNLIMITED = "unlimited"  # the member owes the rest; what is earned next repays it (R22)
    CLAMP = "clamp"  # the rest is written off, in a line of its own
    WITHIN_BALANCE = "within_balance"  # a reversal above the balance is refused
    ONLY_PENDING = "only_pending"  # available points stay; the rest is written off


def clawback_policy(program: Program, unit: str) -> ClawbackPolicy:
    return program.units[unit].clawback
