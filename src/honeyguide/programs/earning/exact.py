"""Exact fractions of integers, rounded once in a named direction; no floats, no decimal context."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from math import lcm

from honeyguide.quantities import Rounding


def divide(numerator: int, denominator: int, rounding: Rounding) -> int:
    """The quotient of a non-negative and a positive number as a whole number, rounded in the named direction."""
    if rounding is Rounding.FLOOR:
        return numerator // denominator
    if rounding is Rounding.CEILING:
        return -(-numerator // denominator)
    whole, rest = divmod(numerator, denominator)
    twice = 2 * rest
    if twice > denominator or (twice == denominator and (rounding is Rounding.HALF_UP or whole % 2)):
        return whole + 1
    return whole


def minor(amount: Decimal, decimals: int) -> Fraction:
    """The amount in minor units, exactly; a rate may be finer than the unit, an amount may not (checked by `references`)."""
    return Fraction(amount) * Fraction(10**decimals)


def over_common_denominator(factors: Iterable[Decimal]) -> int:
    return lcm(1, *(factor.as_integer_ratio()[1] for factor in factors))
