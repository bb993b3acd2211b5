"""How long phones wait for a change, counted by steps that every process shares; pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

What = Literal["push", "fetch"]
STEPS_MS: Final = (
    5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 400, 500, 750, 1_000, 1_500, 2_000, 3_000, 5_000, 10_000, 30_000,
    60_000, 300_000, 900_000, 3_600_000, 21_600_000, 86_400_000, 604_800_000, 2_147_483_647,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lags:
    """How many, and the times that half and 99 of 100 of them kept; None where there were none."""

    count: int = 0
    p50_ms: int | None = None
    p99_ms: int | None = None

    @classmethod
    def of(cls, counts: Mapping[int, int]) -> Lags:
        return cls(sum(counts.values()), percentile_ms(counts, 50), percentile_ms(counts, 99))


def step_ms(seconds: float) -> int:
    """The step that a wait falls into; a clock that lags behind the database's makes none negative."""
    return STEPS_MS[min(bisect_left(STEPS_MS, max(0, round(seconds * 1000))), len(STEPS_MS) - 1)]


def percentile_ms(counts: Mapping[int, int], percent: int) -> int | None:
    """So many of a hundred waited no longer, evenly spread within their step; None of nothing."""
    wanted = sum(counts.values()) * percent / 100
    below, seen = 0, 0
    for step, count in sorted(counts.items()):
        lower = STEPS_MS[STEPS_MS.index(step) - 1] if step in STEPS_MS[1:] else below
        if count and seen + count >= wanted:
            return round(lower + (step - lower) * (wanted - seen) / count)
        seen, below = seen + count, step
    return None
