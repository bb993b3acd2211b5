"""Rules that gave nothing because one thing was lacking: told beside what was missed, so that a member knows what to do next time; pure.

Worth telling is a rule from which the purchase was one step away: another channel, a tier above the member's, or, for goods that the rule
names, another partner. Minimums, steps and caps are recorded by the evaluation itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from honeyguide.programs.accrual import Because
from honeyguide.programs.earning.rule import EarningRule
from honeyguide.programs.program import Program
from honeyguide.programs.purchase import Channel


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How a purchase was made: where (the partner's code), by which channel, by a member of which tier, goods of which categories."""

    partner: str
    channel: Channel
    tier: str | None
    categories: frozenset[str] = frozenset()


def unmet(program: Program, bought: Circumstances, told: Collection[str]) -> tuple[Because, ...]:
    """The rules that lacked one thing, in the order of the file; `told` are those that fired, or whose reason is recorded."""
    reasons = []
    for code, rule in program.earning.items():
        lacking = list(_lacking(program, rule, bought)) if code not in told else []
        if len(lacking) == 1 and lacking[0]:
            reasons.append(Because(code, 0, rule.unit, lacking[0]))
    return tuple(reasons)


def _lacking(program: Program, rule: EarningRule, bought: Circumstances) -> Iterator[dict[str, str | int]]:
    """Each thing that the rule asks for and that was not so; an empty one is nothing that a member could change."""
    if rule.partners and bought.partner not in rule.partners:
        named = bought.categories.intersection(rule.lines.categories)
        yield {"kind": "unmet_partner", "at": " ".join(rule.partners)} if named else {}
    elif bought.partner not in program.partners or rule.unit not in program.partners[bought.partner].issues:
        yield {}
    if rule.channels and bought.channel not in rule.channels:
        yield {"kind": "unmet_channel", "channels": " ".join(rule.channels)}
    if rule.tiers and bought.tier not in rule.tiers:
        above = [tier for tier in rule.tiers if _is_above(program, tier, bought.tier)]
        yield {"kind": "unmet_tier", "tiers": " ".join(above)} if above else {}


def _is_above(program: Program, tier: str, held: str | None) -> bool:
    if program.tiers is None or tier not in program.tiers.levels:
        return False
    return held not in program.tiers.levels or program.tiers.rank(tier) > program.tiers.rank(held)
