"""Assess a member: the tier held, and when it is reviewed next; pure.

Kept until `until`, its grace included; at the review down to what the period earns (R32, R33). Redeeming never demotes:
qualifying amounts are apart from balances, and no tier is measured by a balance (R31).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from honeyguide.programs.accrual import WindowKey
from honeyguide.programs.ladder import Ladder, Rolling
from honeyguide.programs.periods import last_moment
from honeyguide.programs.qualification import Stretch, Stretches, grace_from, level_reached, stretches, until_with_grace

if TYPE_CHECKING:
    from honeyguide.programs.program import Program


@dataclass(frozen=True, slots=True)
class TierHeld:
    """A tier, since when, and the moment of its next review, its grace included; the lowest tier has none unless an upgrade waits."""

    code: str
    since: datetime
    until: datetime | None


def base_tier(program: Program) -> str | None:
    """The lowest tier, which everybody holds from enrolment on; None in a program without tiers."""
    return next(iter(program.tiers.levels)) if program.tiers else None


def tier_windows(program: Program, as_of: datetime, anniversary: date | None = None) -> tuple[WindowKey, ...]:
    """The sums to read before `assess`: this qualification period and what else counts by then; () without tiers.

    `anniversary`: the local day whose anniversaries begin the member's own year; only programs of such years ask for it.
    """
    if program.tiers is None:
        return ()
    counting = stretches(program.tiers, program.local_day(as_of), anniversary).all()
    return tuple(stretch.window(metric) for stretch in counting for metric in program.tiers.metrics)


def assess(
    program: Program, current: TierHeld | None, amounts: Mapping[WindowKey, int], as_of: datetime, anniversary: date | None = None
) -> TierHeld | None:
    """The tier from now on, None in a program without tiers; `current` itself when nothing changes.

    Nothing but a higher tier ends a tier before its `until`, however it came about: reached, or assigned by hand.
    """
    ladder = program.tiers
    if ladder is None:
        return None
    counting = stretches(ladder, program.local_day(as_of), anniversary)
    held = _assessed(program, current, counting, amounts, as_of, anniversary)
    return _awaiting_upgrade(program, held, counting, amounts) if ladder.upgrade == "next_period" else held


def earned_tier(program: Program, amounts: Mapping[WindowKey, int], as_of: datetime, anniversary: date | None = None) -> TierHeld | None:
    """What the periods that count earn by themselves, whatever tier is held; None in a program without tiers."""
    if program.tiers is None:
        return None
    counting = stretches(program.tiers, program.local_day(as_of), anniversary)
    return _best(program, _that_promote(program.tiers, counting), amounts, as_of)


def _assessed(
    program: Program,
    current: TierHeld | None,
    counting: Stretches,
    amounts: Mapping[WindowKey, int],
    as_of: datetime,
    anniversary: date | None,
) -> TierHeld:
    ladder = program.ladder
    earned = _best(program, _that_promote(ladder, counting), amounts, as_of)
    if current is None or current.code not in ladder.levels:
        return earned
    held = ladder.rank(current.code)
    if ladder.rank(earned.code) > held:
        return earned
    ends = grace_from(program, current.until, anniversary)
    if current.until is None or ends is None or as_of < ends:
        return _kept_longer(ladder, current, earned)
    is_due = as_of >= current.until
    earned = _best(program, _that_keep(ladder, counting, is_due), amounts, as_of, highest=current.code)
    if earned.code == current.code:
        until = None if earned.until is None else max(current.until, earned.until)
        return current if until == current.until else replace(current, until=until)
    if not is_due:
        return current
    return _soft_landing(program, held, counting, earned, as_of) if ladder.drop == "one" else earned


def _that_promote(ladder: Ladder, counting: Stretches) -> tuple[Stretch | None, ...]:
    if ladder.upgrade == "next_period":
        return (counting.before,)
    return (counting.present,) if isinstance(ladder.period, Rolling) else (counting.present, counting.before)


def _that_keep(ladder: Ladder, counting: Stretches, is_due: bool) -> tuple[Stretch | None, ...]:
    """From its end on a tier is kept by what promotes, and by a grace: bought in it counts for the year that ended, too.

    In a rolling period the review at the end of the grace also asks what was earned when the tier ended.
    """
    if isinstance(ladder.period, Rolling):
        return (counting.present, counting.before) if is_due else (counting.present,)
    return (*_that_promote(ladder, counting), counting.graced)


def _best(
    program: Program, counting: Iterable[Stretch | None], amounts: Mapping[WindowKey, int], as_of: datetime, highest: str | None = None
) -> TierHeld:
    """The best tier of the stretches, up to a highest, and how long it is kept."""
    ladder = program.ladder
    top = ladder.rank(highest) if highest else len(ladder.levels)
    reached = ((min(ladder.rank(level_reached(program, one, amounts)), top), one.kept) for one in counting if one is not None)
    rank, kept = max(reached)
    return TierHeld(list(ladder.levels)[rank], as_of, until_with_grace(program, kept) if rank else None)


def _kept_longer(ladder: Ladder, current: TierHeld, earned: TierHeld) -> TierHeld:
    """By year, a tier reached again while it is held moves its end."""
    if isinstance(ladder.period, Rolling) or earned.code != current.code or earned.until is None or current.until is None:
        return current
    return current if earned.until <= current.until else replace(current, until=earned.until)


def _soft_landing(program: Program, held: int, counting: Stretches, earned: TierHeld, as_of: datetime) -> TierHeld:
    """One tier down at most, kept for the time that a review gives (R32)."""
    if program.ladder.rank(earned.code) >= held - 1:
        return earned
    kept = (counting.before or counting.present).kept
    return TierHeld(list(program.ladder.levels)[held - 1], as_of, until_with_grace(program, kept) if held > 1 else None)


def _awaiting_upgrade(program: Program, held: TierHeld, counting: Stretches, amounts: Mapping[WindowKey, int]) -> TierHeld:
    """Where upgrades wait for the next period, one that waits moves the review to this period's end, before any grace."""
    ladder, rank = program.ladder, program.ladder.rank(held.code)
    waits = ladder.rank(level_reached(program, counting.present, amounts)) > rank
    end = last_moment(counting.present.last, program.zone)
    usual = until_with_grace(program, counting.present.last) if rank else None
    if held.until not in (end, usual):  # given by hand, to another day
        return held
    until = end if waits else usual
    return held if until == held.until else replace(held, until=until)
