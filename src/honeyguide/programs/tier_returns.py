"""What a return does to the tier that its purchase helped to reach (R25); pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

from honeyguide.programs.accrual import WindowKey
from honeyguide.programs.assessment import TierHeld, assess, earned_tier

if TYPE_CHECKING:
    from honeyguide.programs.program import Program


def reassess_after_return(
    program: Program,
    current: TierHeld | None,
    amounts: Mapping[WindowKey, int],
    as_of: datetime,
    *,
    promoted_here: bool,
    anniversary: date | None = None,
    before: Mapping[WindowKey, int] | None = None,
    previous: TierHeld | None = None,
) -> TierHeld | None:
    """The tier after a return, by the ladder's `on_return`; `current` itself when nothing changes.

    `amounts` are the sums of `tier_windows` at `as_of` after the return. `before`, the sums before it, keeps a tier that those did not
    earn either: it is held by promise or by hand, not by what came back. `previous` is the tier held before the purchase promoted: nobody
    falls below it while it lasts.
    """
    held = assess(program, current, amounts, as_of, anniversary)
    earned = earned_tier(program, amounts, as_of, anniversary)
    if held is None or earned is None or held.code == earned.code:
        return held
    if not _may_fall(program, promoted_here) or _rank(program, earned) > _rank(program, held):
        return held
    if (
        before is not None
        and (earlier := earned_tier(program, before, as_of, anniversary))
        and _rank(program, earlier) < _rank(program, held)
    ):
        return held
    if previous and _rank(program, earned) < _rank(program, previous) and (previous.until is None or previous.until > as_of):
        return previous
    return earned


def _may_fall(program: Program, promoted_here: bool) -> bool:
    return program.ladder.on_return == "immediate" or (program.ladder.on_return == "if_caused" and promoted_here)


def _rank(program: Program, held: TierHeld) -> int:
    """The rank; of a tier that the program no longer has, the lowest."""
    return program.ladder.rank(held.code) if held.code in program.ladder.levels else 0
