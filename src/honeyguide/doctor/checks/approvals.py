"""Somebody looks twice at what operators do by hand: the program file in force has limits for it."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from honeyguide.doctor.finding import Examined, Finding, good, warning
from honeyguide.programs import store
from honeyguide.programs.approvals import Approvals
from honeyguide.programs.program import Program, load

_DO = "write `approvals` into the program file (src/honeyguide/programs/README.md)"


async def check(examined: Examined) -> Sequence[Finding]:
    connection = examined.database
    if connection is None:
        return []
    found: list[Finding] = []
    try:
        sources = [await store.version_source(connection, *newest) for newest in (await store.newest_versions(connection)).items()]
    except asyncpg.PostgresError:
        return []  # the check of the database tells why
    for source in sources:
        program = load(source[0]) if source else None
        if isinstance(program, Program):
            found += _of(program)
    return found or [good("what operators do by hand is limited")]


def _of(program: Program) -> list[Finding]:
    approvals = program.approvals
    if approvals == Approvals():
        return [warning(f"{program.code}: one operator alone may adjust, transfer, merge and erase without limit", _DO)]
    free = [unit for unit in program.units if unit not in approvals.adjust or unit not in approvals.transfer]
    return [warning(f"{program.code}: adjustments or transfers of {', '.join(free)} have no limit", _DO)] if free else []
