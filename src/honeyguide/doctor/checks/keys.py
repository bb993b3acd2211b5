"""Keys of the demo or of development, in use where others can reach the server."""

from __future__ import annotations

from collections.abc import Sequence

from honeyguide.doctor.demo_keys import refused_demo_keys
from honeyguide.doctor.finding import Examined, Finding, good


async def check(examined: Examined) -> Sequence[Finding]:
    return refused_demo_keys(examined.settings) or [good("no key of the demo is in use where others can reach it")]
