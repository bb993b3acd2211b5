"""Reads and writes households: one typed function a statement of households.sql."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from honeyguide.database import Connection, Executor, statements

_SQL = statements(__package__, "households.sql")


@dataclass(frozen=True, slots=True)
class Membership:
    household_id: UUID
    member_id: UUID
    may_burn: bool
    joined_at: datetime
    owner_id: UUID

    @property
    def is_owner(self) -> bool:
        return self.member_id == self.owner_id


@dataclass(frozen=True, slots=True)
class Unpooled:
    """What a member earned since joining and still has himself."""

    member_id: UUID
    household_id: UUID
    earned_by: frozenset[UUID]


async def membership(executor: Executor, program_id: UUID, member_id: UUID) -> Membership | None:
    row = await executor.fetchrow(_SQL["membership"], program_id, member_id)
    return None if row is None else Membership(**row)


async def household_members(executor: Executor, program_id: UUID, household_id: UUID) -> list[Membership]:
    """The longest first; nobody where there is no such household, or it is closed."""
    return [Membership(**row) for row in await executor.fetch(_SQL["household_members"], program_id, household_id)]


async def is_open(executor: Executor, program_id: UUID, household_id: UUID) -> bool:
    return bool(await executor.fetchval(_SQL["open_household"], program_id, household_id))


async def insert_household(connection: Connection, program_id: UUID, household_id: UUID, owner_id: UUID, now: datetime) -> None:
    await connection.execute(_SQL["insert_household"], program_id, household_id, owner_id, now)


async def insert_member(connection: Connection, program_id: UUID, joined: Membership, since_version: int) -> None:
    await connection.execute(
        _SQL["insert_household_member"],
        program_id,
        joined.household_id,
        joined.member_id,
        joined.may_burn,
        joined.joined_at,
        since_version,
    )


async def delete_member(connection: Connection, program_id: UUID, household_id: UUID, member_id: UUID) -> None:
    await connection.execute(_SQL["delete_household_member"], program_id, household_id, member_id)


async def set_owner(connection: Connection, program_id: UUID, household_id: UUID, owner_id: UUID) -> None:
    await connection.execute(_SQL["set_owner"], program_id, household_id, owner_id)


async def close_household(connection: Connection, program_id: UUID, household_id: UUID, now: datetime) -> None:
    await connection.execute(_SQL["close_household"], program_id, household_id, now)


async def allow_burning(executor: Executor, program_id: UUID, household_id: UUID, owner_id: UUID, member_id: UUID, may_burn: bool) -> bool:
    """Whether the one is the owner and the other a member; then it is so."""
    return bool(await executor.fetchval(_SQL["set_may_burn"], program_id, household_id, owner_id, member_id, may_burn))


async def unpooled(executor: Executor, program_id: UUID, limit: int) -> list[Unpooled]:
    rows = await executor.fetch(_SQL["unpooled"], program_id, limit)
    return [Unpooled(row["member_id"], row["household_id"], frozenset(row["earned_by"])) for row in rows]
