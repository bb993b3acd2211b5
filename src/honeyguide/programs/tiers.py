"""Tiers, all in one place: the tier held, its end and grace, the way up, the warning before the way down, returns; pure."""

from __future__ import annotations

from honeyguide.programs.assessment import TierHeld, assess, base_tier, earned_tier, tier_windows
from honeyguide.programs.qualification import grace_from, until_with_grace
from honeyguide.programs.tier_progress import Progress, TierWarning, progress, warn_at, warning, warning_windows
from honeyguide.programs.tier_returns import reassess_after_return

__all__ = [
    "Progress",
    "TierHeld",
    "TierWarning",
    "assess",
    "base_tier",
    "earned_tier",
    "grace_from",
    "progress",
    "reassess_after_return",
    "tier_windows",
    "until_with_grace",
    "warn_at",
    "warning",
    "warning_windows",
]
