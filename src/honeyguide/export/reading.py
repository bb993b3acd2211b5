"""Reads all that is held of a person, part by part, as of one moment."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from honeyguide.database import Connection, Database, statements
from honeyguide.export.parts import PARTS, Part, Row, Telling

_SQL = statements(__package__, "export.sql")
_AT_ONCE = 200  # rows that are under way from the database


@dataclass(frozen=True, slots=True)
class Reading:
    """An open snapshot; its rows are read as they are asked for, however many there are."""

    connection: Connection
    persons: tuple[UUID, ...]
    telling: Telling

    async def rows(self, part: Part) -> AsyncIterator[Row]:
        async for row in self.connection.cursor(_SQL[part.name], self.telling.program_id, list(self.persons), prefetch=_AT_ONCE):
            yield part.told(dict(row), self.telling)

    async def parts(self) -> AsyncIterator[tuple[Part, AsyncIterator[Row]]]:
        for part in PARTS:
            yield part, self.rows(part)


@asynccontextmanager
async def reading(database: Database, member_id: UUID, telling: Telling, *, left_too: bool = False) -> AsyncIterator[Reading | None]:
    """None: the membership has ended, and with it what the person may ask for in the app; `left_too`: the company asks for him."""
    async with database.pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        rows = await connection.fetch(_SQL["persons"], telling.program_id, member_id, left_too)
        persons = tuple(row["member_id"] for row in rows)
        yield Reading(connection, persons, telling) if persons else None
