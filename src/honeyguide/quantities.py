"""The value types that everybody speaks: units, money, rates and named rounding, all on integers in minor units."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from enum import StrEnum

# What a bigint column holds; a quantity beyond it is refused at the door instead of failing in PostgreSQL.
LARGEST_MINOR = 2**63 - 1
_MOST_DIGITS = 18
_EXACT = Context(prec=64, traps=[])


class TooManyDecimals(ValueError):
    """The amount is finer than the unit's smallest part."""


class TooLarge(ValueError):
    """The amount does not fit into the books' 64-bit integers."""


class UnitKind(StrEnum):
    POINTS = "POINTS"
    MONEY = "MONEY"
    STAMPS = "STAMPS"


class Rounding(StrEnum):
    """The direction in which a rule rounds; it is named in the program file, never implied (R6)."""

    FLOOR = "floor"
    CEILING = "ceiling"
    HALF_UP = "half_up"
    HALF_EVEN = "half_even"


_DECIMAL_ROUNDING = {
    Rounding.FLOOR: ROUND_FLOOR,
    Rounding.CEILING: ROUND_CEILING,
    Rounding.HALF_UP: ROUND_HALF_UP,
    Rounding.HALF_EVEN: ROUND_HALF_EVEN,
}


def to_minor(amount: Decimal, decimals: int) -> int:
    """Scale a decimal amount to integer minor units, exactly; raises TooManyDecimals or TooLarge."""
    if not amount.is_finite():
        raise TooManyDecimals(f"{amount} is no amount")
    # Looked at before any arithmetic: scaling 1E+1000000 would build a number of a million digits.
    if amount and amount.adjusted() + decimals > _MOST_DIGITS:
        raise TooLarge("the amount is too large")
    scaled = amount.scaleb(decimals, _EXACT)
    minor = int(scaled)
    if scaled != minor or len(amount.as_tuple().digits) > _EXACT.prec:
        raise TooManyDecimals(f"the amount has more than {decimals} decimals")
    if abs(minor) > LARGEST_MINOR:
        raise TooLarge("the amount is too large")
    return minor


def from_minor(minor: int, decimals: int) -> Decimal:
    """The decimal amount of integer minor units, written with all its decimals."""
    return Decimal(minor).scaleb(-decimals)


@dataclass(frozen=True, slots=True)
class Unit:
    """What an account counts: points, stamps or a currency; `decimals` places make one minor unit."""

    code: str
    kind: UnitKind
    decimals: int

    def to_minor(self, amount: Decimal) -> int:
        return to_minor(amount, self.decimals)

    def from_minor(self, minor: int) -> Decimal:
        return from_minor(minor, self.decimals)


@dataclass(frozen=True, slots=True)
class Money:
    amount_minor: int
    currency: str


class Rate:
    """An exact decimal factor, such as 1.5 or 0.02; products are rounded once, in a named direction."""

    __slots__ = ("factor",)

    def __init__(self, factor: str | Decimal) -> None:
        if isinstance(factor, float):
            raise TypeError("a rate is written as text or Decimal, never as a float")
        self.factor = Decimal(factor)

    def of(self, minor: int, rounding: Rounding) -> int:
        return round_minor(self.factor * minor, rounding)

    def __mul__(self, other: Rate) -> Rate:
        return Rate(self.factor * other.factor)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rate) and self.factor == other.factor

    def __hash__(self) -> int:
        return hash(self.factor)

    def __repr__(self) -> str:
        return f"Rate({str(self.factor)!r})"


def round_minor(exact: Decimal, rounding: Rounding) -> int:
    """Round an exact product to whole minor units in the named direction."""
    return int(exact.to_integral_value(_DECIMAL_ROUNDING[rounding]))
