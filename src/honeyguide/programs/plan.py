"""A program compiled once into look-up structures, so that evaluating a basket costs microseconds; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from honeyguide.programs.accrual import CounterKey
from honeyguide.programs.cashback import CashbackTable
from honeyguide.programs.earning.exact import minor
from honeyguide.programs.earning.lines import LineGroup
from honeyguide.programs.earning.rule import CompiledRule, Scales
from honeyguide.programs.earning.weights import Weights
from honeyguide.programs.expiry import LotDates
from honeyguide.programs.ladder import Metric, qualifying_counter
from honeyguide.programs.units import Stacking

if TYPE_CHECKING:
    from honeyguide.programs.program import Program

_DATES_REMEMBERED = 2048
_NEVER = LotDates(None, rolls=False)


@dataclass(frozen=True, slots=True)
class PartnerPlan:
    """What purchases at one partner go through."""

    mcc: str | None
    rules: tuple[tuple[str, Stacking, tuple[CompiledRule, ...]], ...]  # by unit
    cashback: CashbackTable | None
    metrics: tuple[Qualifier, ...]

    def reads(self, partner: str, day: date) -> tuple[CounterKey, ...]:
        keys = [key for _, _, rules in self.rules for rule in rules for key in rule.reads(day)]
        return tuple(keys) + (self.cashback.reads(partner, day) if self.cashback else ())


@dataclass(frozen=True, slots=True)
class Qualifier:
    """A metric that counts toward tiers, compiled."""

    counter: str
    unit: str | None
    spend: Weights | None

    def amount(self, groups: Mapping[LineGroup, int], accrued: Mapping[str, int]) -> int:
        if self.spend is not None:
            return self.spend.sum(groups)[0]
        return accrued.get(self.unit, 0) if self.unit is not None else 1


class Plan:
    """The compiled program; everything in it is either frozen or a bounded memory of pure functions."""

    __slots__ = ("_expiries", "_zone", "by_sku", "expiry_of", "partners", "rolling", "thresholds")

    def __init__(self, program: Program) -> None:
        scales = Scales(program.currency_decimals, {unit: program.decimals(unit) for unit in program.units})
        rules = [(rule.partners, CompiledRule.of(code, rule, scales)) for code, rule in program.earning.items()]
        cashback = CashbackTable(program.cashback, scales) if program.cashback else None
        self.partners = {code: _partner_plan(program, code, rules, cashback) for code in program.partners}
        self.by_sku = _by_sku(program)
        self.thresholds = _thresholds(program)
        self._zone = program.zone
        self._expiries = {unit: definition.expiry for unit, definition in program.units.items()}
        self.rolling = tuple(unit for unit, expiry in self._expiries.items() if expiry and expiry.rolls)
        self.expiry_of = lru_cache(maxsize=_DATES_REMEMBERED)(self._expiry_of)

    def expires_at(self, unit: str, day: date) -> datetime | None:
        """The end of a lot earned by a member of no tier."""
        return self.expiry_of(unit, day, None).expires_at

    def _expiry_of(self, unit: str, day: date, tier: str | None) -> LotDates:
        """The dates of a lot earned on that local day by a member of that tier."""
        expiry = self._expiries[unit]
        return LotDates(expiry.moment_of(day, self._zone, tier), expiry.rolls) if expiry else _NEVER


def _partner_plan(
    program: Program, code: str, rules: list[tuple[tuple[str, ...], CompiledRule]], cashback: CashbackTable | None
) -> PartnerPlan:
    terms = program.partners[code]
    here = [rule for partners, rule in rules if rule.unit in terms.issues and (not partners or code in partners)]
    by_unit: dict[str, list[CompiledRule]] = {}
    for rule in here:
        by_unit.setdefault(rule.unit, []).append(rule)
    stacks = ((unit, program.units[unit].stacking or Stacking.SUM, tuple(stack)) for unit, stack in by_unit.items())
    pays = cashback if cashback and cashback.unit in terms.issues else None
    metrics = program.tiers.metrics.items() if program.tiers else ()
    qualifiers = (_qualifier(name, metric) for name, metric in metrics if not metric.partners or code in metric.partners)
    return PartnerPlan(terms.mcc, tuple(stacks), pays, tuple(qualifiers))


def _qualifier(name: str, metric: Metric) -> Qualifier:
    spend = Weights(metric.lines, {}) if metric.counts == "spend" else None
    return Qualifier(qualifying_counter(name), metric.unit if metric.counts == "points" else None, spend)


def _by_sku(program: Program) -> bool:
    filters = [rule.lines for rule in program.earning.values()]
    filters += [program.cashback.lines] if program.cashback else []
    filters += [metric.lines for metric in program.tiers.metrics.values()] if program.tiers else []
    return any(lines.by_sku for lines in filters)


def _thresholds(program: Program) -> dict[str, dict[str, int]]:
    """What each tier needs, in minor units by metric."""
    levels = program.tiers.levels if program.tiers else {}
    return {
        code: {metric: int(minor(amount, program.metric_decimals(metric))) for metric, amount in level.needs.items()}
        for code, level in levels.items()
    }
