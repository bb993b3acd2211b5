"""Reads and writes of memberships that end: one typed function a statement of endings.sql."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from honeyguide.database import Connection, Executor, Section, statements
from honeyguide.members.store import MemberStatus

_SQL = statements(__package__, "endings.sql")


@dataclass(frozen=True, slots=True)
class Survivor:
    """Whom a member goes on as after merges; himself where he was in none."""

    member_id: UUID
    status: MemberStatus


@dataclass(frozen=True, slots=True)
class Erasure:
    """A row of the append-only table; the certificate is plain JSON (erasure_certificate.py)."""

    member_id: UUID
    erasure_id: UUID
    erased_at: datetime
    erased_by: str
    certificate: Mapping[str, Any]


async def survivor_of(executor: Executor, program_id: UUID, member_id: UUID) -> Survivor | None:
    row = await executor.fetchrow(_SQL["survivor_of"], program_id, member_id)
    return None if row is None else Survivor(row["member_id"], MemberStatus(row["status"]))


async def merged_into(executor: Executor, program_id: UUID, member_id: UUID) -> tuple[UUID, ...]:
    """All whom the member took over: the same person."""
    return tuple(row["member_id"] for row in await executor.fetch(_SQL["merged_into_member"], program_id, member_id))


async def close_member(connection: Connection, program_id: UUID, member_id: UUID, now: datetime) -> None:
    await connection.execute(_SQL["close_member"], program_id, member_id, now)


async def release_names(connection: Connection, program_id: UUID, member_ids: Sequence[UUID]) -> None:
    await connection.execute(_SQL["release_names"], program_id, list(member_ids))


async def leave_households(connection: Connection, program_id: UUID, member_ids: Sequence[UUID], now: datetime) -> int:
    """In how many they were; a household goes on with who is in it longest, or ends."""
    left = [row["household_id"] for row in await connection.fetch(_SQL["leave_household"], program_id, list(member_ids))]
    for household_id in left:
        await connection.execute(_SQL["pass_household_on"], program_id, household_id, list(member_ids), now)
    return len(left)


async def erase_profiles(
    connection: Connection, program_id: UUID, member_ids: Sequence[UUID], locale: str, now: datetime
) -> dict[str, int]:
    """How many profiles there were, and how many names, e-mails, phones, birth dates and guardians."""
    return dict(await connection.fetchrow(_SQL["erase_profiles"], program_id, list(member_ids), locale, now))


async def erase_identifiers(connection: Connection, program_id: UUID, member_ids: Sequence[UUID]) -> int:
    return int(await connection.fetchval(_SQL["erase_identifiers"], program_id, list(member_ids)))


async def erase_tier_years(connection: Connection, program_id: UUID, member_ids: Sequence[UUID]) -> int:
    return int(await connection.fetchval(_SQL["erase_tier_years"], program_id, list(member_ids)))


async def erase_staff(connection: Connection, program_id: UUID, member_ids: Sequence[UUID]) -> int:
    return int(await connection.fetchval(_SQL["erase_staff"], program_id, list(member_ids)))


async def erase_merges(connection: Connection, program_id: UUID, member_ids: Sequence[UUID]) -> int:
    return int(await connection.fetchval(_SQL["erase_merges"], program_id, list(member_ids)))


async def insert_erasure(connection: Connection, program_id: UUID, erasure: Erasure) -> None:
    await connection.execute(
        _SQL["insert_erasure"],
        program_id,
        erasure.member_id,
        erasure.erasure_id,
        erasure.erased_at,
        erasure.erased_by,
        erasure.certificate,
    )


async def read_erasure(executor: Executor, program_id: UUID, member_id: UUID, erasure_id: UUID) -> Erasure | None:
    row = await executor.fetchrow(_SQL["read_erasure"], program_id, member_id, erasure_id)
    return None if row is None else Erasure(**row)


async def list_erasures(executor: Executor, program_id: UUID, section: Section) -> list[Erasure]:
    """Newest first, by (erased_at, erasure_id)."""
    rows = await executor.fetch(section.of(_SQL["list_erasures"]), program_id, section.limit, *section.keys(2))
    return [Erasure(**row) for row in rows]
