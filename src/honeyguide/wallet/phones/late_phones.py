"""Phones that show less than the books hold, the longest first: what an operator looks at when members complain (R44)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from honeyguide.database import Executor, Section, statements

_SQL = statements(__package__, "late_phones.sql")


@dataclass(frozen=True, slots=True)
class LatePhone:
    """`tries` are pushes since the last that APNs took; a phone that was pushed and is behind is off, or its system ignores pushes."""

    member_id: UUID
    pass_id: UUID
    style: str
    registered_at: datetime
    behind_since: datetime
    pushed_at: datetime | None
    fetched_at: datetime | None
    version: int | None
    tries: int


async def late_phones(executor: Executor, program_id: UUID, section: Section) -> list[LatePhone]:
    """By (behind_since, pass_id, registered_at); device ids and push tokens are secrets and not among it."""
    rows = await executor.fetch(section.of(_SQL["late_phones"]), program_id, section.limit, *section.keys(3))
    return [LatePhone(**row) for row in rows]
