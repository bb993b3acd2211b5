"""Cashback by category: a table whose first match wins, with caps that split a crossing purchase over both rates (R13); pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from pydantic import Field

from honeyguide.programs.accrual import CounterKey, CounterUse
from honeyguide.programs.earning.caps import Cap, Caps
from honeyguide.programs.earning.exact import divide, minor
from honeyguide.programs.earning.lines import Basket, LineFilter, LineGroup
from honeyguide.programs.earning.rule import Earned, Outcome, Pending, Scales, cap_outcome
from honeyguide.programs.localised import Texts
from honeyguide.programs.periods import Period, period_name
from honeyguide.programs.scalars import Amount, Code, Label, Part, Positive
from honeyguide.quantities import Rounding

# The rule name under which lines of no row earn the base rate.
BASE = "cashback"


class SpendCap(Part):
    """The amount per period that earns a row's rate; what goes beyond earns the base rate."""

    amount: Positive = Field(description="Amount of money in the period that earns the row's rate.")
    per: Period = Field(description="purchase | day | week | month | quarter | half_year | year | always")


class CashbackRow(Part):
    """One row of the table; a line belongs to the first row that matches it."""

    title: Texts = Field(description="What members read: a short name.")
    text: Texts | None = Field(None, description="What members read: how it works.")
    mccs: tuple[Label, ...] = Field((), description="Merchant category codes of the row.")
    categories: tuple[Label, ...] = Field((), description="Line categories of the row; a line matches by code or by category.")
    partners: tuple[Code, ...] = Field((), description="Only at these partners; default all that may issue the unit.")
    tiers: tuple[Code, ...] = Field((), description="Only for members of these tiers; default all.")
    rate_percent: Amount = Field(description="Per cent of the amount.")
    spend_cap: SpendCap | None = Field(None, description="Spending in a period that earns this rate; the rest earns base_percent (R13).")
    caps: tuple[Cap, ...] = Field((), description="The most cashback that the row gives in a period.")

    def matches(self, basket: Basket, group: LineGroup) -> bool:
        if (self.partners and basket.partner not in self.partners) or (self.tiers and basket.tier not in self.tiers):
            return False
        if not self.mccs and not self.categories:
            return True
        return group[2] in self.mccs or group[1] in self.categories


class Cashback(Part):
    """The cashback of a program: a money unit, a table of rates, a waiting time."""

    unit: Code = Field(description="The money unit that it earns.")
    title: Texts = Field(description="What members read where the base rate applies.")
    text: Texts | None = Field(None, description="What members read: how the base rate works.")
    pending: Pending | None = Field(None, description="A time before it can be spent.")
    rounding: Rounding = Field(Rounding.FLOOR, description="floor (default) | ceiling | half_up | half_even; once for each row.")
    rows: dict[Code, CashbackRow] = Field(description="Rates by category; the first row that matches a line wins.")
    base_percent: Amount = Field(Decimal(0), description="Per cent for lines of no row and beyond a spend cap; default 0.")
    lines: LineFilter = Field(LineFilter(), description="Which lines count; TAX, SHIPPING and GIFT_CARD do not by default.")

    SENTENCES: ClassVar[Mapping[str, str]] = {"en": "{rate_percent} % of {amount}", "de": "{rate_percent} % von {amount}"}


@dataclass(frozen=True, slots=True)
class _Row:
    """A row in minor units; rates as exact fractions of one."""

    code: str
    row: CashbackRow
    rate: tuple[int, int]
    spend_limit: int | None
    caps: Caps

    def spend_key(self, day: date) -> CounterKey | None:
        """The counter of what was spent at the row's rate in the period."""
        cap = self.row.spend_cap
        return CounterKey(f"spend/{self.code}", period_name(day, cap.per)) if cap and cap.per is not Period.PURCHASE else None


class CashbackTable:
    """The table compiled; `outcomes` gives one outcome for each row that a purchase touches."""

    __slots__ = ("_base", "_base_percent", "_cashback", "_rows", "unit")

    def __init__(self, cashback: Cashback, scales: Scales) -> None:
        self.unit = cashback.unit
        self._cashback = cashback
        self._rows = tuple(_compile(code, row, cashback.unit, scales) for code, row in cashback.rows.items())
        self._base = _rate(cashback.base_percent, cashback.unit, scales)
        self._base_percent = str(cashback.base_percent)

    def reads(self, partner: str, day: date) -> tuple[CounterKey, ...]:
        keys: list[CounterKey] = []
        for row in self._rows:
            if not row.row.partners or partner in row.row.partners:
                spent = row.spend_key(day)
                keys += ([spent] if spent else []) + list(row.caps.reads(day))
        return tuple(keys)

    def outcomes(self, basket: Basket) -> list[Outcome]:
        amounts = self._amounts(basket)
        touched = ((row, amount) for row in self._rows if (amount := amounts.get(row.code, 0)) > 0)
        outcomes = [self._outcome(row.code, self._earned(row, amount, basket), row.caps, basket) for row, amount in touched]
        if self._base[0] and (amount := amounts.get(BASE, 0)) > 0:
            quantity = divide(amount * self._base[0], self._base[1], self._cashback.rounding)
            earned = Earned(quantity, {"kind": "cashback", "amount": amount, "rate_percent": self._base_percent})
            outcomes.append(self._outcome(BASE, earned, _NO_CAPS, basket))
        return outcomes

    def _outcome(self, code: str, earned: Earned, caps: Caps, basket: Basket) -> Outcome:
        return cap_outcome(code, self.unit, self._cashback.pending, earned, caps, basket)

    def _amounts(self, basket: Basket) -> dict[str, int]:
        """What was spent by row; a line belongs to the first row that matches (R13)."""
        amounts: dict[str, int] = {}
        for group, amount in basket.groups.items():
            if self._cashback.lines.counts(group):
                code = next((row.code for row in self._rows if row.row.matches(basket, group)), BASE)
                amounts[code] = amounts.get(code, 0) + amount
        return amounts

    def _earned(self, row: _Row, amount: int, basket: Basket) -> Earned:
        inputs: dict[str, str | int] = {"kind": "cashback", "amount": amount, "rate_percent": str(row.row.rate_percent)}
        uses: tuple[CounterUse, ...] = ()
        at_rate = amount
        if row.spend_limit is not None:
            key = row.spend_key(basket.day)
            at_rate = min(amount, max(row.spend_limit - (basket.counters.get(key, 0) if key else 0), 0))
            uses = (CounterUse(*key, at_rate),) if key and at_rate else ()
            if at_rate < amount:
                inputs |= {"at_rate": at_rate, "beyond": amount - at_rate, "base_percent": self._base_percent}
        (rate, over), (base, base_over) = row.rate, self._base
        quantity = divide(at_rate * rate * base_over + (amount - at_rate) * base * over, over * base_over, self._cashback.rounding)
        return Earned(quantity, inputs, uses)


_NO_CAPS = Caps(BASE, (), 0)


def _compile(code: str, row: CashbackRow, unit: str, scales: Scales) -> _Row:
    limit = int(minor(row.spend_cap.amount, scales.currency)) if row.spend_cap else None
    return _Row(code, row, _rate(row.rate_percent, unit, scales), limit, Caps(code, row.caps, scales.units[unit]))


def _rate(percent: Decimal, unit: str, scales: Scales) -> tuple[int, int]:
    """Minor units of the unit for each minor unit of the currency, as an exact fraction."""
    return (minor(percent, scales.units[unit]) / minor(Decimal(100), scales.currency)).as_integer_ratio()
