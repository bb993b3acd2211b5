"""Earn by full steps of an amount: every 50.00 gives 5,000, 49.99 gives nothing (R5); pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from honeyguide.programs.accrual import CounterKey, CounterUse
from honeyguide.programs.earning.exact import divide, minor
from honeyguide.programs.earning.lines import Basket
from honeyguide.programs.earning.rule import Earned, EarningRule, Multipliers, Scales, TierFactors
from honeyguide.programs.earning.weights import Weights
from honeyguide.programs.scalars import Flag, Positive


class StepRule(EarningRule):
    """`earn` for every full `every` spent; what is left over is lost, or carried to the next purchase."""

    kind: Literal["step"] = Field(description="Earns by full steps of the amount of the lines that count.")
    earn: Positive = Field(description="How many of the unit for each full step.")
    every: Positive = Field(description="The amount of money that makes one step.")
    carry: Flag = Field(False, description="true: what is left over counts for the next purchase (30 then 20 makes a step of 50).")
    multipliers: Multipliers = Field(Multipliers(), description="Factors by tier.")

    SENTENCES: ClassVar[Mapping[str, str]] = {
        "en": "{earn} {unit} for every full {every}, on {amount}",
        "de": "{earn} {unit} für je volle {every}, auf {amount}",
        "en:missed": "{gap} more to the next step of {every}",
        "de:missed": "noch {gap} bis zur nächsten Stufe von {every}",
    }

    def compile(self, code: str, scales: Scales) -> Step:
        return Step(code, self, scales)


class Step:
    """A step rule in minor units; with carry the counter `carry/<rule>` keeps what is left over, or owes what a return took away."""

    __slots__ = ("_carry", "_denominator", "_every", "_numerator", "_recorded", "_rounding", "_tiers", "_weights")

    def __init__(self, code: str, rule: StepRule, scales: Scales) -> None:
        self._weights = Weights(rule.lines, {})
        self._tiers = TierFactors(rule.multipliers.tiers)
        self._every = int(minor(rule.every, scales.currency))
        self._numerator, self._denominator = minor(rule.earn, scales.units[rule.unit]).as_integer_ratio()
        self._rounding = rule.rounding
        self._carry = CounterKey(f"carry/{code}", "always") if rule.carry else None
        self._recorded: Mapping[str, str | int] = {
            "kind": "step",
            "earn": str(rule.earn),
            "every": self._every,
            "rounding": rule.rounding.value,
        }

    def reads(self) -> tuple[CounterKey, ...]:
        return (self._carry,) if self._carry else ()

    def earn(self, basket: Basket) -> Earned:
        amount, _ = self._weights.sum(basket.groups)
        carried = basket.counters.get(self._carry, 0) if self._carry else 0
        counted = amount + carried
        # A return can leave less than nothing carried, where its purchase's share made a later step: that gap is filled first.
        steps, left = divmod(counted, self._every) if counted > 0 else (0, counted)
        numerator, denominator, tier = self._tiers.of(basket.tier)
        quantity = divide(steps * self._numerator * numerator, self._denominator * denominator, self._rounding)
        inputs = {**self._recorded, "amount": amount, "steps": steps, "gap": self._every - left, **tier}
        if carried:
            inputs["carried"] = carried
        uses = (CounterUse(*self._carry, left - carried),) if self._carry and left != carried else ()
        return Earned(quantity, inputs, uses, None if steps or not amount else {**inputs, "why": "missed"})
