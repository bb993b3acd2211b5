"""Reads and writes merges, and what the locked members are: one typed function a statement of merges.sql."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from honeyguide.database import Connection, Executor, statements
from honeyguide.ledger.member_books import MemberBooks
from honeyguide.members.store import MemberStatus

_SQL = statements(__package__, "merges.sql")
_JOBS = statements(__package__, "staff.sql")


@dataclass(frozen=True, slots=True)
class Merge:
    """`detail` holds what an unmerge gives back: tiers, counters, debts; nothing personal."""

    member_id: UUID
    merge_id: UUID
    target_id: UUID
    merged_at: datetime
    merged_by: str
    unmerged_at: datetime | None
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LockedMember:
    status: MemberStatus
    merged_into: UUID | None


async def lock_members(connection: Connection, program_id: UUID, member_ids: Iterable[UUID]) -> dict[UUID, LockedMember]:
    rows = await connection.fetch(_SQL["lock_members"], program_id, list(member_ids))
    return {row["member_id"]: LockedMember(MemberStatus(row["status"]), row["merged_into"]) for row in rows}


async def in_households(connection: Connection, program_id: UUID, member_ids: Iterable[UUID]) -> set[UUID]:
    return {row["member_id"] for row in await connection.fetch(_SQL["households_of"], program_id, list(member_ids))}


async def with_all_counters(connection: Connection, books: Mapping[UUID, MemberBooks]) -> dict[UUID, MemberBooks]:
    """The same books with every counter that there is; the caller holds their locks."""
    program_id = next(iter(books.values())).program_id
    counters: dict[UUID, dict[str, dict[str, int]]] = {member_id: {} for member_id in books}
    for row in await connection.fetch(_SQL["all_counters"], program_id, list(books)):
        counters[row["member_id"]].setdefault(row["name"], {})[row["period"]] = row["value"]
    return {member_id: replace(one, counters=counters[member_id]) for member_id, one in books.items()}


async def insert_merge(connection: Connection, program_id: UUID, merge: Merge) -> None:
    """The merge, and the member as merged; who takes him over works where he does (R52)."""
    await connection.execute(
        _SQL["insert_merge"],
        program_id,
        merge.member_id,
        merge.merge_id,
        merge.target_id,
        merge.merged_at,
        merge.merged_by,
        merge.detail,
    )
    await connection.execute(_SQL["mark_merged"], program_id, merge.member_id, merge.target_id)
    await connection.execute(_JOBS["inherit_jobs"], program_id, merge.member_id, merge.target_id)


async def read_merge(executor: Executor, program_id: UUID, member_id: UUID, merge_id: UUID) -> Merge | None:
    row = await executor.fetchrow(_SQL["read_merge"], program_id, member_id, merge_id)
    return None if row is None else Merge(**row)


async def end_merge(connection: Connection, program_id: UUID, merge: Merge, now: datetime, by: str) -> bool:
    """Whether it was there to be ended; the member is active again then."""
    ended = await connection.fetchval(_SQL["end_merge"], program_id, merge.member_id, merge.merge_id, now, by)
    if ended:
        await connection.execute(_SQL["mark_active"], program_id, merge.member_id)
        await connection.execute(_JOBS["give_jobs_back"], program_id, merge.member_id, merge.target_id)
    return bool(ended)


@dataclass(frozen=True, slots=True)
class Payers:
    """The member and, in order, who took him over: one person; and the pool of that one's household. The last of them pays."""

    persons: tuple[UUID, ...]
    pool: UUID | None

    @property
    def path(self) -> tuple[UUID, ...]:
        return self.persons if self.pool is None else (*self.persons, self.pool)


async def payers(executor: Executor, program_id: UUID, member_id: UUID) -> Payers:
    rows = await executor.fetch(_SQL["paid_by"], program_id, member_id)
    return Payers(tuple(row["member_id"] for row in rows) or (member_id,), rows[-1]["household_id"] if rows else None)


async def stranded(executor: Executor, program_id: UUID, limit: int) -> list[tuple[UUID, UUID, frozenset[UUID]]]:
    """Books of merged members and closed households that hold something, whose it is, and which transactions gave it."""
    rows = await executor.fetch(_SQL["stranded"], program_id, limit)
    return [(row["member_id"], row["heir"], frozenset(row["earned_by"])) for row in rows]


async def stranded_debts(executor: Executor, program_id: UUID, limit: int) -> list[tuple[UUID, UUID, dict[str, int]]]:
    """Books of merged members and closed households that owe something, who owes it now, and how much by unit."""
    rows = await executor.fetch(_SQL["stranded_debts"], program_id, limit)
    return [(row["member_id"], row["heir"], row["debts"]) for row in rows]
