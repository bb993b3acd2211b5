"""Earn by coming: one purchase is one visit, whatever the amount (M06); a purchase of zero is a visit too; pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import Field

from honeyguide.programs.accrual import CounterKey
from honeyguide.programs.earning.exact import divide, minor
from honeyguide.programs.earning.lines import Basket
from honeyguide.programs.earning.rule import Earned, EarningRule, Multipliers, Scales, TierFactors
from honeyguide.programs.earning.weights import Weights
from honeyguide.programs.scalars import Amount, Positive


class VisitRule(EarningRule):
    """`earn` for each purchase that has a line that counts and reaches the minimum."""

    kind: Literal["visit"] = Field(description="Earns a fixed number for each purchase.")
    earn: Positive = Field(description="How many of the unit for each purchase.")
    minimum: Amount = Field(Decimal(0), description="The amount of the lines that count must reach this; default 0.")
    multipliers: Multipliers = Field(Multipliers(), description="Factors by tier.")

    SENTENCES: ClassVar[Mapping[str, str]] = {
        "en": "{earn} {unit} for a purchase",
        "de": "{earn} {unit} für einen Einkauf",
        "en:missed": "from {minimum} on",
        "de:missed": "ab {minimum}",
    }

    def compile(self, code: str, scales: Scales) -> Visit:
        return Visit(self, scales)


class Visit:
    """A visit rule in minor units."""

    __slots__ = ("_chooses", "_denominator", "_minimum", "_numerator", "_recorded", "_rounding", "_tiers", "_weights")

    def __init__(self, rule: VisitRule, scales: Scales) -> None:
        self._weights = Weights(rule.lines, {})
        self._chooses = rule.lines.chooses
        self._tiers = TierFactors(rule.multipliers.tiers)
        self._minimum = int(minor(rule.minimum, scales.currency))
        self._numerator, self._denominator = minor(rule.earn, scales.units[rule.unit]).as_integer_ratio()
        self._rounding = rule.rounding
        self._recorded: Mapping[str, str | int] = {"kind": "visit", "earn": str(rule.earn), "rounding": rule.rounding.value}

    def reads(self) -> tuple[CounterKey, ...]:
        return ()

    def earn(self, basket: Basket) -> Earned:
        amount, _ = self._weights.sum(basket.groups)
        inputs = {**self._recorded, "amount": amount}
        if self._chooses and not self._weights.any(basket.groups):
            return Earned(0, inputs)
        if amount < self._minimum:
            return Earned(0, inputs, missed={**inputs, "minimum": self._minimum, "why": "missed"})
        numerator, denominator, tier = self._tiers.of(basket.tier)
        quantity = divide(self._numerator * numerator, self._denominator * denominator, self._rounding)
        return Earned(quantity, {**inputs, **tier})
