"""Reads and writes partners and locations: one typed function a statement of coalition.sql."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from honeyguide.coalition.partner import Location, Partner
from honeyguide.database import Connection, Executor, statements

_SQL = statements(__package__, "coalition.sql")


async def insert_partner(connection: Connection, program_id: UUID, partner_id: UUID, code: str, name: str, now: datetime) -> bool:
    """False where another partner has the code."""
    return await connection.fetchval(_SQL["insert_partner"], program_id, partner_id, code, name, now) is not None


async def insert_locations(connection: Connection, program_id: UUID, partner_id: UUID, locations: Sequence[Location]) -> None:
    await connection.execute(
        _SQL["insert_locations"],
        program_id,
        partner_id,
        [location.code for location in locations],
        [location.name for location in locations],
        [location.time_zone for location in locations],
    )


async def partners(executor: Executor, program_id: UUID) -> list[Partner]:
    """All partners with all their locations, by code: a small reference table, read whole."""
    rows = await executor.fetch(_SQL["partners"], program_id)
    return [
        Partner(
            row["partner_id"],
            row["code"],
            row["name"],
            row["created_at"],
            {code: Location(code, name, zone) for code, name, zone in zip(row["codes"], row["names"], row["time_zones"], strict=True)},
        )
        for row in rows
    ]
