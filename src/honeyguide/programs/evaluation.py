"""Evaluate a purchase by a program: accruals with reasons, counters used, and what was missed; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from honeyguide.programs.accrual import Accrual, Because, CounterKey, CounterUse, Evaluation, Facts, Needs, WindowKey
from honeyguide.programs.purchase import Purchase

if TYPE_CHECKING:
    from honeyguide.programs.program import Program

__all__ = ["Accrual", "Because", "CounterKey", "CounterUse", "Evaluation", "Facts", "Needs", "WindowKey", "evaluate", "needs"]


def needs(program: Program, purchase: Purchase) -> Needs:
    """The counters that evaluating this purchase reads: caps used so far, amounts carried by step rules."""
    raise NotImplementedError


def evaluate(program: Program, purchase: Purchase, facts: Facts) -> Evaluation:
    """What the purchase earns; order of each rule: sum eligible lines, rate x multiplier, round once, cap (R6)."""
    raise NotImplementedError
