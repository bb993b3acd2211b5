"""Earn by the amount spent: so many for each unit of money, as M02 and M31 say; pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import Field

from honeyguide.programs.accrual import CounterKey
from honeyguide.programs.earning.exact import divide, minor
from honeyguide.programs.earning.lines import Basket
from honeyguide.programs.earning.rule import CategoryMultipliers, Earned, EarningRule, Scales, TierFactors
from honeyguide.programs.earning.weights import Weights
from honeyguide.programs.scalars import Positive


class SpendRule(EarningRule):
    """`earn` for each `per` spent, in proportion: 1.5 per 1.00 gives 6 for 4.00 and 4 for 3.00 (R6)."""

    kind: Literal["spend"] = Field(description="Earns in proportion to the amount of the lines that count.")
    earn: Positive = Field(description="How many of the unit for each `per`.")
    per: Positive = Field(Decimal(1), description="The amount of money that `earn` is given for; default 1.")
    multipliers: CategoryMultipliers = Field(CategoryMultipliers(), description="Factors by tier and category.")

    SENTENCES: ClassVar[Mapping[str, str]] = {"en": "{earn} {unit} per {per}, on {amount}", "de": "{earn} {unit} je {per}, auf {amount}"}

    def compile(self, code: str, scales: Scales) -> Spend:
        return Spend(self, scales)


class Spend:
    """A spend rule in minor units: sum the lines, multiply, round once (R6)."""

    __slots__ = ("_denominator", "_numerator", "_recorded", "_rounding", "_tiers", "_weights")

    def __init__(self, rule: SpendRule, scales: Scales) -> None:
        self._weights = Weights(rule.lines, rule.multipliers.categories)
        self._tiers = TierFactors(rule.multipliers.tiers)
        rate = minor(rule.earn, scales.units[rule.unit]) / minor(rule.per, scales.currency)
        self._numerator, self._denominator = rate.numerator, rate.denominator * self._weights.denominator
        self._rounding = rule.rounding
        self._recorded: Mapping[str, str | int] = {
            "kind": "spend",
            "earn": str(rule.earn),
            "per": int(minor(rule.per, scales.currency)),
            "rounding": rule.rounding.value,
        }

    def reads(self) -> tuple[CounterKey, ...]:
        return ()

    def earn(self, basket: Basket) -> Earned:
        amount, weighted = self._weights.sum(basket.groups)
        numerator, denominator, tier = self._tiers.of(basket.tier)
        quantity = divide(weighted * self._numerator * numerator, self._denominator * denominator, self._rounding)
        inputs = {**self._recorded, "amount": amount, **tier}
        if quantity and self._weights.multiplies and weighted != amount * self._weights.denominator:
            inputs["factors"] = self._weights.split(basket.groups)
        return Earned(quantity, inputs)
