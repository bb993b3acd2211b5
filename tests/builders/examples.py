"""How many examples a property tries: some in `make test`, always the same; many, and others each time, in `make test-long`."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

IS_LONG = bool(os.environ.get("HONEYGUIDE_LONG"))


def examples(short: int, long: int | None = None, steps: int = 50) -> settings:
    return settings(
        max_examples=(long or 50 * short) if IS_LONG else short,
        stateful_step_count=steps,
        derandomize=not IS_LONG,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
