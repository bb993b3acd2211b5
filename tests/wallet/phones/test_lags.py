"""Waits are counted by steps: what is read back is right to a step."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honeyguide.wallet.phones.lags import STEPS_MS, Lags, percentile_ms, step_ms


@pytest.mark.parametrize(("seconds", "step"), [(0, 5), (-3, 5), (0.005, 5), (0.0051, 5), (0.006, 10), (0.5, 500), (1e9, STEPS_MS[-1])])
def test_a_wait_falls_into_the_first_step_that_holds_it(seconds: float, step: int) -> None:
    assert step_ms(seconds) == step


def test_nothing_waited_has_no_percentile() -> None:
    assert Lags.of({}) == Lags(0, None, None)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=200), st.sampled_from([50, 99]))
def test_a_percentile_lies_within_the_step_of_the_true_one(waits: list[int], percent: int) -> None:
    counts = Counter(step_ms(wait / 1000) for wait in waits)
    true = sorted(waits)[max(0, -(-len(waits) * percent // 100) - 1)]

    told = percentile_ms(counts, percent)

    upper = step_ms(true / 1000)
    lower = STEPS_MS[STEPS_MS.index(upper) - 1] if upper != STEPS_MS[0] else 0
    assert told is not None
    assert lower <= told <= upper
