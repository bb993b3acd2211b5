"""How many examples a property tries: some in `make test`, always the same; many, and others each time, in `make test-long`."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis.strategies import SearchStrategy

IS_LONG = bool(os.environ.get("HONEYGUIDE_LONG"))


def examples(short: int, long: int | None = None, steps: int = 50, phases: Sequence[Phase] = tuple(Phase)) -> settings:
    return settings(
        max_examples=(long or 50 * short) if IS_LONG else short,
        stateful_step_count=steps,
        derandomize=not IS_LONG,
        database=None,
        deadline=None,
        print_blob=True,
        phases=phases,
        suppress_health_check=list(HealthCheck),
    )


def property_of(*given_: SearchStrategy[Any], short: int, always: Sequence[tuple[Any, ...]] = ()) -> Callable[[Callable[..., None]], Any]:
    """A property with its number of examples; `quick` is its short form, which stops at the first counterexample (for mutants).

    `always`: examples that are tried in each run, for what random ones show too rarely; what hypothesis draws depends, even without
    randomness, on the constants of the modules that happen to be loaded.
    """

    def decorated(test: Callable[..., None]) -> Any:
        @wraps(test)
        def again(*drawn: Any, **named: Any) -> None:
            test(*drawn, **named)

        for one in always:
            test, again = example(*one)(test), example(*one)(again)
        proof: Any = given(*given_)(examples(short)(test))
        proof.quick = given(*given_)(settings(examples(short, short, phases=(Phase.explicit, Phase.generate)), derandomize=True)(again))
        return proof

    return decorated
