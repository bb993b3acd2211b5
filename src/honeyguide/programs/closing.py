"""What becomes of points when a membership ends, by closure or erasure (R41); pure."""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from honeyguide.programs.program import Program


class OnClosing(StrEnum):
    FORFEIT = "forfeit"
    PAY_OUT = "pay_out"


def on_closing(program: Program, unit: str) -> OnClosing:
    """Are unspent points of the unit forfeited, or paid out at what one is worth?"""
    definition = program.units.get(unit)
    return definition.on_closing if definition else OnClosing.FORFEIT


def payout(program: Program, unit: str, amount: int) -> int:
    """What an amount of minor units is paid out as, in minor units of the program's currency, rounded down (FLOOR)."""
    if not amount:
        return 0
    worth = program.units[unit].worth
    each = Fraction(worth) if worth is not None else Fraction(1)  # without a worth it is money of the program: references.py
    exact = Fraction(amount, 10 ** program.decimals(unit)) * each * Fraction(10) ** program.currency_decimals
    return floor(exact)
