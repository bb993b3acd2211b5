"""Evaluate a purchase by a program: accruals with reasons, counters used, and what was missed; pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from honeyguide.programs.accrual import Accrual, Because, CounterKey, CounterUse, Evaluation, Facts, Needs, WindowKey
from honeyguide.programs.earning.lines import Basket, group_lines
from honeyguide.programs.earning.rule import Outcome
from honeyguide.programs.plan import PartnerPlan
from honeyguide.programs.purchase import Purchase
from honeyguide.programs.units import Stacking

if TYPE_CHECKING:
    from honeyguide.programs.program import Program

__all__ = ["Accrual", "Because", "CounterKey", "CounterUse", "Evaluation", "Facts", "Needs", "WindowKey", "evaluate", "needs"]


def needs(program: Program, purchase: Purchase) -> Needs:
    """The counters that evaluating this purchase reads: caps used so far, amounts carried by step rules."""
    here = program.plan.partners.get(purchase.partner)
    if here is None:
        return Needs()
    return Needs(counters=here.reads(purchase.partner, program.local_day(purchase.occurred_at)))


def evaluate(program: Program, purchase: Purchase, facts: Facts, of_record: Collection[str] | None = None) -> Evaluation:
    """What the purchase earns; each rule sums eligible lines, takes rate x multiplier, rounds once, then caps (R6).

    Backdated purchases earn as of their own day: its caps, its tier (facts.tier), its expiry (R10). `of_record`, of what is left after a
    return: the rules that gave anything on record; where the first rule counts, it stays that one (R19).
    """
    plan = program.plan
    here = plan.partners.get(purchase.partner)
    if here is None:
        return Evaluation()
    day = program.local_day(purchase.occurred_at)
    groups = group_lines(purchase, here.mcc, plan.by_sku)
    basket = Basket(purchase.partner, purchase.channel, facts.tier, day, groups, facts.counters)
    outcomes, missed = _outcomes(here, basket, of_record)
    accruals = _accruals(program, outcomes, day, facts)
    uses = [use for outcome in outcomes for use in outcome.uses]
    uses += _qualifying(here, basket, accruals)
    return Evaluation(accruals, tuple(uses), tuple(missed))


def _outcomes(here: PartnerPlan, basket: Basket, of_record: Collection[str] | None) -> tuple[list[Outcome], list[Because]]:
    """What every rule gives, after stacking; cashback rows exclude each other by themselves and come on top."""
    kept: list[Outcome] = []
    missed: list[Because] = []
    for _, stacking, rules in here.rules:
        if stacking is Stacking.FIRST and of_record is not None:
            rules = tuple(rule for rule in rules if rule.code in of_record)
        outcomes = [outcome for rule in rules if (outcome := rule.outcome(basket)) is not None]
        kept += _stack(stacking, outcomes, missed)
    if here.cashback is not None:
        kept += here.cashback.outcomes(basket)
    for outcome in kept:
        missed += outcome.missed
    return kept, missed


def _stack(stacking: Stacking, outcomes: list[Outcome], missed: list[Because]) -> Sequence[Outcome]:
    """All rules, or the one that counts: the best, the earlier of equals, or the first that gives anything (R7).

    Where one counts, the purchase is used up by it: what the others would have carried or capped is not counted.
    """
    giving = [outcome for outcome in outcomes if outcome.quantity]
    if stacking is Stacking.SUM or not giving:
        return outcomes
    winner = giving[0] if stacking is Stacking.FIRST else max(giving, key=lambda outcome: outcome.quantity)
    missed += (
        Because(loser.rule, loser.quantity, loser.unit, {"kind": "stacking", "stacking": stacking.value, "winner": winner.rule})
        for loser in giving
        if loser is not winner
    )
    return [winner]


def _accruals(program: Program, outcomes: Iterable[Outcome], day: date, facts: Facts) -> tuple[Accrual, ...]:
    """One accrual for each unit and pair of dates; rules of equal dates are merged, their reasons kept apart."""
    merged: dict[tuple[str, datetime], list[Because]] = {}
    for outcome in outcomes:
        if outcome.quantity:
            available_at = outcome.pending.moment_of(day, facts.posted_at, program.zone) if outcome.pending else facts.posted_at
            merged.setdefault((outcome.unit, max(available_at, facts.posted_at)), []).append(outcome.because)
    return tuple(_accrual(program, unit, available_at, tuple(because), day, facts.tier) for (unit, available_at), because in merged.items())


def _accrual(program: Program, unit: str, available_at: datetime, because: tuple[Because, ...], day: date, tier: str | None) -> Accrual:
    expires_at, rolls = program.plan.expiry_of(unit, day, tier)
    return Accrual(unit, sum(why.quantity for why in because), because[0].rule, available_at, expires_at, because, rolls)


def _qualifying(here: PartnerPlan, basket: Basket, accruals: Iterable[Accrual]) -> list[CounterUse]:
    """What counts toward tiers, on the purchase's local day."""
    if not here.metrics:
        return []
    accrued: dict[str, int] = {}
    for accrual in accruals:
        accrued[accrual.unit] = accrued.get(accrual.unit, 0) + accrual.quantity
    day = basket.day.isoformat()
    return [CounterUse(metric.counter, day, amount) for metric in here.metrics if (amount := metric.amount(basket.groups, accrued))]
