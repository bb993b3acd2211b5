"""Tiers by what a member qualifies with: the ladder of the file, the tier a member holds, the way to the next one; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from honeyguide.programs.accrual import WindowKey

if TYPE_CHECKING:
    from honeyguide.programs.program import Program


@dataclass(frozen=True, slots=True)
class TierHeld:
    """A tier, since when, and the moment of its next review; the lowest tier has none."""

    code: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one metric is from the next tier; amounts are minor units with `decimals` places."""

    metric: str
    current: int
    needed: int
    remaining: int
    next_tier_code: str
    period_ends: datetime
    decimals: int


def tier_windows(program: Program, as_of: datetime) -> tuple[WindowKey, ...]:
    """The sums to read before `assess`: this qualification period, and in calendar years the one before; () without tiers."""
    raise NotImplementedError


def assess(program: Program, current: TierHeld | None, amounts: Mapping[WindowKey, int], as_of: datetime) -> TierHeld | None:
    """The tier from now on (None in a program without tiers): up at once, kept until `until`, then what the window earns.

    Returns `current` itself when nothing changes.
    """
    raise NotImplementedError


def progress(program: Program, tier_code: str | None, amounts: Mapping[WindowKey, int], as_of: datetime) -> list[Progress]:
    """What is missing to the next tier, by metric; empty on the highest."""
    raise NotImplementedError
