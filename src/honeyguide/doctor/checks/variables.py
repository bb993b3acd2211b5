"""Variables that nobody reads: a misspelt setting is silently the default."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from pydantic import AliasChoices

from honeyguide.doctor.finding import Examined, Finding, good, warning
from honeyguide.secret_sources import secret_settings
from honeyguide.settings import Settings

_OF_TESTS = ("HONEYGUIDE_LONG", "HONEYGUIDE_KILL_", "HONEYGUIDE_TESTS")


async def check(examined: Examined) -> Sequence[Finding]:
    unknown = sorted(
        name for name in os.environ if name.startswith("HONEYGUIDE_") and name not in _known() and not name.startswith(_OF_TESTS)
    )
    if not unknown:
        return [good("every HONEYGUIDE_ variable is a setting")]
    return [warning(f"no setting is called {', '.join(unknown)}", "look for a slip of the pen; the default is used")]


def _known() -> set[str]:
    known = {name for field, info in Settings.model_fields.items() for name in _variables(field, info.validation_alias)}
    return known | {f"{name}_FILE" for names in secret_settings(Settings).values() for name in names}


def _variables(field: str, alias: object) -> Iterable[str]:
    return [str(one) for one in alias.choices] if isinstance(alias, AliasChoices) else [f"HONEYGUIDE_{field}".upper()]
