"""The program in force: the same question in two of the three APIs."""

from __future__ import annotations

from honeyguide.api.context import Info
from honeyguide.api.types.program import Program


async def program(info: Info) -> Program:
    return Program.of(info.context.applied)
