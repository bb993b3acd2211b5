"""Caps on what a rule earns in a period; the excess is cut and the reason recorded (R9); pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pydantic import Field

from honeyguide.programs.accrual import CounterKey, CounterUse
from honeyguide.programs.earning.exact import minor
from honeyguide.programs.earning.lines import Basket
from honeyguide.programs.periods import Period, period_name
from honeyguide.programs.scalars import Amount, Part


class Cap(Part):
    """At most so much by one rule in a period of the program's calendar, by the day of the purchase."""

    at_most: Amount = Field(description="The most that the rule gives in the period, in its unit.")
    per: Period = Field(description="purchase | day | week | month | quarter | half_year | year | always")


@dataclass(frozen=True, slots=True)
class Ceiling:
    """A cap in minor units."""

    limit: int
    period: Period


@dataclass(frozen=True, slots=True)
class Capped:
    """What the caps leave of a quantity, the one that cut deepest, and what is counted against each."""

    quantity: int
    by: Ceiling | None
    uses: tuple[CounterUse, ...]


class Caps:
    """The caps of one rule; each period counts in its own row of the counter `cap/<rule>`."""

    __slots__ = ("_ceilings", "_name")

    def __init__(self, rule: str, caps: tuple[Cap, ...], decimals: int) -> None:
        self._name = f"cap/{rule}"
        self._ceilings = tuple(Ceiling(int(minor(cap.at_most, decimals)), cap.per) for cap in caps)

    def reads(self, day: date) -> tuple[CounterKey, ...]:
        return tuple(CounterKey(self._name, period_name(day, cap.period)) for cap in self._ceilings if cap.period is not Period.PURCHASE)

    def cut(self, quantity: int, basket: Basket) -> Capped:
        if not self._ceilings or not quantity:
            return Capped(quantity, None, ())
        left, by = quantity, None
        for ceiling in self._ceilings:
            free = ceiling.limit
            if ceiling.period is not Period.PURCHASE:
                free -= basket.counters.get(CounterKey(self._name, period_name(basket.day, ceiling.period)), 0)
            if free < left:
                left, by = max(free, 0), ceiling
        uses = tuple(CounterUse(*key, left) for key in self.reads(basket.day)) if left else ()
        return Capped(left, by, uses)
