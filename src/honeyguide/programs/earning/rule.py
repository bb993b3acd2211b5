"""What every kind of earning rule has in common: where it applies, which lines count, its caps and its waiting time."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Protocol

from pydantic import Field

from honeyguide.programs.accrual import Because, CounterKey, CounterUse
from honeyguide.programs.earning.caps import Cap, Caps
from honeyguide.programs.earning.lines import Basket, LineFilter
from honeyguide.programs.localised import Texts
from honeyguide.programs.periods import days_after, first_moment
from honeyguide.programs.purchase import Channel
from honeyguide.programs.scalars import Code, Label, Part, Positive, Whole
from honeyguide.quantities import Rounding


class ClockStart(StrEnum):
    """The day from which a waiting time runs (R12)."""

    POSTING = "posting"
    PURCHASE = "purchase"


class Pending(Part):
    """A time during which what was earned is visible but not spendable (R11)."""

    days: Whole = Field(description="Days until it can be spent; it becomes available as that day begins.", le=3650)
    start: ClockStart = Field(ClockStart.POSTING, alias="from", description="The day it runs from: posting (default) or purchase.")

    def moment_of(self, purchase_day: date, posted_at: datetime, zone: tzinfo) -> datetime:
        start = purchase_day if self.start is ClockStart.PURCHASE else posted_at.astimezone(zone).date()
        return first_moment(days_after(start, self.days), zone)


class Multipliers(Part):
    """Factors on the rate; they multiply before the one rounding (R6)."""

    tiers: dict[Code, Positive] = Field({}, description="Factor by the member's tier when the purchase occurred (R9).")


class CategoryMultipliers(Multipliers):
    """Factors by tier and by the category of each line."""

    categories: dict[Label, Positive] = Field({}, description="Factor by the line's category; others count once.")


class EarningRule(Part):
    """The part that all kinds share; a kind adds its `kind`, its own keys and `compile`."""

    unit: Code = Field(description="The unit that it earns.")
    title: Texts = Field(description="What members read: a short name.")
    text: Texts | None = Field(None, description="What members read: how it works, in a sentence or two.")
    partners: tuple[Code, ...] = Field((), description="Only at these partners; default all that may issue the unit.")
    channels: tuple[Channel, ...] = Field((), description="Only by these channels; default all.")
    tiers: tuple[Code, ...] = Field((), description="Only for members of these tiers; default all.")
    lines: LineFilter = Field(LineFilter(), description="Which lines count.")
    rounding: Rounding = Field(
        Rounding.FLOOR, description="floor (default) | ceiling | half_up | half_even; done once, before the caps (R6)."
    )
    caps: tuple[Cap, ...] = Field((), description="The most that the rule gives in a period.")
    pending: Pending | None = Field(None, description="A time before it can be spent.")

    # How the kind explains itself, by language; {names} are inputs that it records (see texts.py).
    SENTENCES: ClassVar[Mapping[str, str]]

    @abstractmethod
    def compile(self, code: str, scales: Scales) -> Arithmetic:
        """The rule in minor units, ready to evaluate; each kind brings its own."""


@dataclass(frozen=True, slots=True)
class Scales:
    """Decimal places of the program's currency and units."""

    currency: int
    units: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Earned:
    """What a rule's arithmetic says before caps: a quantity in minor units, what it was worked out from, and what it carries on."""

    quantity: int
    inputs: Mapping[str, str | int]
    uses: tuple[CounterUse, ...] = ()
    missed: Mapping[str, str | int] | None = None


class Arithmetic(Protocol):
    """A rule kind compiled for one rule."""

    def reads(self) -> tuple[CounterKey, ...]:
        """Counters needed besides those of caps."""
        ...

    def earn(self, basket: Basket) -> Earned: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one rule gives for one purchase, after its caps."""

    rule: str
    unit: str
    quantity: int
    pending: Pending | None
    because: Because
    uses: tuple[CounterUse, ...]
    missed: tuple[Because, ...]


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule of a program, ready to evaluate: its condition, its arithmetic, its caps."""

    code: str
    unit: str
    channels: frozenset[Channel]
    tiers: frozenset[str]
    arithmetic: Arithmetic
    caps: Caps
    pending: Pending | None

    @staticmethod
    def of(code: str, rule: EarningRule, scales: Scales) -> CompiledRule:
        return CompiledRule(
            code=code,
            unit=rule.unit,
            channels=frozenset(rule.channels or Channel),
            tiers=frozenset(rule.tiers),
            arithmetic=rule.compile(code, scales),
            caps=Caps(code, rule.caps, scales.units[rule.unit]),
            pending=rule.pending,
        )

    def reads(self, day: date) -> tuple[CounterKey, ...]:
        return self.arithmetic.reads() + self.caps.reads(day)

    def outcome(self, basket: Basket) -> Outcome | None:
        """What the rule gives, or None where it does not apply at all."""
        if basket.channel not in self.channels or (self.tiers and basket.tier not in self.tiers):
            return None
        earned = self.arithmetic.earn(basket)
        return cap_outcome(self.code, self.unit, self.pending, earned, self.caps, basket)


def cap_outcome(code: str, unit: str, pending: Pending | None, earned: Earned, caps: Caps, basket: Basket) -> Outcome:
    """Cut what was earned to the caps; the cut is both an input of the reason and something missed (R9)."""
    inputs = earned.inputs
    missed = () if earned.missed is None else (Because(code, 0, unit, earned.missed),)
    capped = caps.cut(earned.quantity, basket)
    if capped.by is not None:
        cap = {"cap": capped.by.limit, "cap_period": capped.by.period.value}
        inputs = {**inputs, **cap, "uncapped": earned.quantity}
        missed = (*missed, Because(code, earned.quantity - capped.quantity, unit, {"kind": "cap", **cap}))
    return Outcome(code, unit, capped.quantity, pending, Because(code, capped.quantity, unit, inputs), earned.uses + capped.uses, missed)


class TierFactors:
    """A tier's multiplier as an exact fraction, with what is recorded of it."""

    __slots__ = ("_by_tier",)

    def __init__(self, factors: Mapping[str, Decimal]) -> None:
        self._by_tier = {
            tier: (*factor.as_integer_ratio(), {"tier": tier, "tier_multiplier": str(factor)}) for tier, factor in factors.items()
        }

    def of(self, tier: str | None) -> tuple[int, int, Mapping[str, str | int]]:
        """Numerator, denominator and the inputs to record; 1/1 and nothing for a tier without multiplier."""
        return self._by_tier.get(tier or "", _ONCE)


_ONCE: tuple[int, int, Mapping[str, str | int]] = (1, 1, {})
