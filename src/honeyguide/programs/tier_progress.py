"""The way to the next tier, and the warning before one is lost (R34); pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from honeyguide.programs.accrual import WindowKey
from honeyguide.programs.assessment import TierHeld, assess, tier_windows
from honeyguide.programs.ladder import Rolling
from honeyguide.programs.periods import add_months, days_after, first_moment, last_moment
from honeyguide.programs.qualification import Stretch, grace_from, stretches

if TYPE_CHECKING:
    from honeyguide.programs.program import Program

# A tier is held to the last microsecond of a day; its review is told by the day after.
_NEXT_MOMENT = timedelta(microseconds=1)


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


@dataclass(frozen=True, slots=True)
class TierWarning:
    """A tier that will be lost: when it ends, until when it can be kept, what it drops to, and by metric what keeping it takes."""

    tier: str
    drops_to: str
    ends_at: datetime
    until: datetime
    ways: tuple[Progress, ...]


def progress(
    program: Program, tier_code: str | None, amounts: Mapping[WindowKey, int], as_of: datetime, anniversary: date | None = None
) -> list[Progress]:
    """What is missing to the next tier, by metric; empty on the highest."""
    above = program.tiers.above(tier_code) if program.tiers else None
    if above is None:
        return []
    day = program.local_day(as_of)
    present = stretches(program.ladder, day, anniversary).present
    ends = _period_ends(program, present, day)
    return [_progress(program, above, metric, amounts.get(present.window(metric), 0), ends) for metric in program.plan.thresholds[above]]


def warn_at(program: Program, held: TierHeld, anniversary: date | None = None) -> datetime | None:
    """The moment to look whether this tier will be lost, counted back from its end without grace; None where nobody is warned."""
    ladder = program.tiers
    ends = grace_from(program, held.until, anniversary)
    if ladder is None or ladder.warning is None or ends is None or held.code not in ladder.levels or not ladder.rank(held.code):
        return None
    return first_moment(days_after(program.local_day(ends), -ladder.warning.days), program.zone)


def warning_windows(program: Program, held: TierHeld, anniversary: date | None = None) -> tuple[WindowKey, ...]:
    """The sums to read before `warning`: those of the review, so that what will have left the period by then counts no more."""
    return tier_windows(program, held.until + _NEXT_MOMENT, anniversary) if held.until else ()


def warning(
    program: Program, held: TierHeld, amounts: Mapping[WindowKey, int], as_of: datetime, anniversary: date | None = None
) -> TierWarning | None:
    """What a member is told who will lose the tier if nothing more happens; None before `warn_at`, and where the tier is kept.

    `amounts` are the sums of `warning_windows`.
    """
    due, ends = warn_at(program, held, anniversary), grace_from(program, held.until, anniversary)
    if due is None or ends is None or held.until is None or as_of < due:
        return None
    review = held.until + _NEXT_MOMENT
    after = assess(program, held, amounts, review, anniversary)
    if after is None or program.ladder.rank(after.code) >= program.ladder.rank(held.code):
        return None
    counting = stretches(program.ladder, program.local_day(review), anniversary).all()
    best = {metric: max(amounts.get(stretch.window(metric), 0) for stretch in counting) for metric in program.ladder.metrics}
    ways = (_progress(program, held.code, metric, best[metric], held.until) for metric in program.plan.thresholds[held.code])
    return TierWarning(held.code, after.code, ends, held.until, tuple(ways))


def _progress(program: Program, tier: str, metric: str, current: int, ends: datetime) -> Progress:
    needed = program.plan.thresholds[tier][metric]
    return Progress(metric, current, needed, max(needed - current, 0), tier, ends, program.metric_decimals(metric))


def _period_ends(program: Program, present: Stretch, day: date) -> datetime:
    """The last moment of the year; in a rolling period the last moment at which today's purchases still count."""
    period = program.ladder.period
    if isinstance(period, Rolling):
        return last_moment(days_after(add_months(day, period.months), -1), program.zone)
    return last_moment(present.last, program.zone)
