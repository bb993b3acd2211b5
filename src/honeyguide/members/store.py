"""Reads and writes members and what names them: one typed function a statement of members.sql."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

import asyncpg

from honeyguide.database import Connection, Executor, statements
from honeyguide.members.identifiers import IdentifierKind

_SQL = statements(__package__, "members.sql")


class MemberStatus(StrEnum):
    ACTIVE = "ACTIVE"
    FROZEN = "FROZEN"
    CLOSED = "CLOSED"
    MERGED = "MERGED"
    ERASED = "ERASED"

    @property
    def is_over(self) -> bool:
        """Nobody signs in as this member any more, and passes of it are void."""
        return self in (MemberStatus.CLOSED, MemberStatus.MERGED, MemberStatus.ERASED)


@dataclass(frozen=True, slots=True)
class Identifier:
    kind: IdentifierKind
    value: str


@dataclass(frozen=True, slots=True)
class MemberProfile:
    """A member as operators see them; e-mail and phone in their stored spelling."""

    member_id: UUID
    member_number: str
    display_name: str | None
    email: str | None
    phone: str | None
    locale: str
    status: MemberStatus
    enrolled_at: datetime

    @property
    def key(self) -> MemberKey:
        """Where the member stands in lists."""
        return MemberKey(self.enrolled_at, self.member_id)


@dataclass(frozen=True, slots=True)
class MemberKey:
    """The keyset of lists of members: oldest enrolment first."""

    enrolled_at: datetime
    member_id: UUID


@dataclass(frozen=True, slots=True)
class Job:
    """A member works at a partner: in one shop or all, and as which cashier, where that is known."""

    location: str | None
    cashier: str | None


NO_JOBS: Mapping[UUID, tuple[Job, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class FoundMember:
    place: int  # of the lookup, from 0
    member_id: UUID
    member_number: str
    display_name: str | None
    locale: str
    status: MemberStatus
    merged_into: UUID | None
    household_id: UUID | None
    may_burn: bool
    jobs: Mapping[UUID, tuple[Job, ...]]


@dataclass(frozen=True, slots=True)
class NewMember:
    """A membership and who it is; birth date, time zone and guardian as sealed (person.py)."""

    program_id: UUID
    member_id: UUID
    member_number: str
    locale: str
    enrolled_at: datetime
    enrolled_by: UUID | None
    display_name: str | None = None
    email: str | None = None
    phone: str | None = None
    birth_date: bytes | None = None
    time_zone: bytes | None = None
    quiet_hours: bytes | None = None
    guardian: bytes | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """What a search may name: exact identifiers, and member numbers from one to another."""

    identifiers: tuple[Identifier, ...]
    numbers: tuple[str, str] | None = None


async def find_members(executor: Executor, program_id: UUID, asked: Sequence[Identifier | UUID | None]) -> list[FoundMember]:
    """Those of the asked that exist; None keeps a place and finds nobody."""
    rows = await executor.fetch(
        _SQL["find_members"],
        program_id,
        [one.kind if isinstance(one, Identifier) else None for one in asked],
        [one.value if isinstance(one, Identifier) else None for one in asked],
        [one if isinstance(one, UUID) else None for one in asked],
    )
    return [
        FoundMember(
            row["place"] - 1,
            row["member_id"],
            row["member_number"],
            row["display_name"],
            row["locale"],
            MemberStatus(row["status"]),
            row["merged_into"],
            row["household_id"],
            row["may_burn"],
            _jobs(row["jobs"]) if row["jobs"] else NO_JOBS,
        )
        for row in rows
    ]


def _jobs(rows: Sequence[tuple[str, str | None, str | None]]) -> Mapping[UUID, tuple[Job, ...]]:
    """By partner; several where he took over somebody who works there, too."""
    found: dict[UUID, tuple[Job, ...]] = {}
    for partner, location, cashier in rows:
        found[UUID(partner)] = (*found.get(UUID(partner), ()), Job(location, cashier))
    return found


async def insert_identifiers(connection: Connection, program_id: UUID, member_id: UUID, names: Collection[Identifier]) -> set[Identifier]:
    """Those that nobody had; waits for a transaction that is inserting one of them."""
    rows = await connection.fetch(
        _SQL["insert_identifiers"], program_id, member_id, [name.kind for name in names], [name.value for name in names]
    )
    return {Identifier(IdentifierKind(row["kind"]), row["value"]) for row in rows}


async def remove_identifiers(connection: Connection, program_id: UUID, member_id: UUID) -> None:
    await connection.execute(_SQL["remove_identifiers"], program_id, member_id)


async def owner_of_identifiers(connection: Connection, program_id: UUID, names: Sequence[Identifier]) -> UUID | None:
    """Whom the first known of these names."""
    owner: UUID | None = await connection.fetchval(
        _SQL["owner_of_identifiers"], program_id, [name.kind for name in names], [name.value for name in names]
    )
    return owner


async def insert_member(connection: Connection, member: NewMember) -> None:
    await connection.execute(
        _SQL["insert_member"],
        member.program_id,
        member.member_id,
        member.member_number,
        member.locale,
        member.enrolled_at,
        member.enrolled_by,
        member.display_name,
        member.email,
        member.phone,
        member.birth_date,
        member.time_zone,
        member.quiet_hours,
        member.guardian,
    )


async def members_by_id(executor: Executor, program_id: UUID, member_ids: Sequence[UUID]) -> dict[UUID, MemberProfile]:
    rows = await executor.fetch(_SQL["members_by_id"], program_id, list(member_ids))
    profiles = [_profile(row) for row in rows]
    return {profile.member_id: profile for profile in profiles}


async def list_members(
    executor: Executor, program_id: UUID, *, names: Names | None, after: MemberKey, before: MemberKey, limit: int, from_end: bool
) -> list[MemberProfile]:
    """At most `limit` members strictly between the keys, in the order of reading: from the end backwards with `from_end`."""
    bounds = (program_id, after.enrolled_at, after.member_id, before.enrolled_at, before.member_id, limit)
    if names is None:
        rows = await executor.fetch(_SQL["last_members" if from_end else "first_members"], *bounds)
    else:
        rows = await executor.fetch(
            _SQL["last_named_members" if from_end else "first_named_members"],
            *bounds,
            [name.kind for name in names.identifiers],
            [name.value for name in names.identifiers],
            *(names.numbers or (None, None)),
        )
    return [_profile(row) for row in rows]


def _profile(row: asyncpg.Record) -> MemberProfile:
    return MemberProfile(
        row["member_id"],
        row["member_number"],
        row["display_name"],
        row["email"],
        row["phone"],
        row["locale"],
        MemberStatus(row["status"]),
        row["enrolled_at"],
    )
