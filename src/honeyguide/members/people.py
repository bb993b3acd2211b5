"""Reads and writes persons and their consents: one typed function a statement of people.sql."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from honeyguide.database import Connection, Executor, statements
from honeyguide.members.contact import Consent
from honeyguide.members.person import COLUMNS
from honeyguide.members.store import MemberStatus

_SQL = statements(__package__, "people.sql")
Sealed = Mapping[str, bytes | None]


@dataclass(frozen=True, slots=True)
class LockedPerson:
    """`sealed` by column, as stored."""

    status: MemberStatus
    locale: str
    display_name: str | None = field(repr=False)
    sealed: Sealed = field(repr=False)


async def lock_person(connection: Connection, program_id: UUID, member_id: UUID) -> LockedPerson | None:
    """None: no such member, or an erased one."""
    row = await connection.fetchrow(_SQL["lock_person"], program_id, member_id)
    if row is None:
        return None
    return LockedPerson(MemberStatus(row["status"]), row["locale"], row["display_name"], {column: row[column] for column in COLUMNS})


async def read_sealed(executor: Executor, program_id: UUID, member_id: UUID) -> Sealed | None:
    row = await executor.fetchrow(_SQL["read_sealed"], program_id, member_id)
    return None if row is None else {column: row[column] for column in COLUMNS}


async def write_person(connection: Connection, program_id: UUID, member_id: UUID, display_name: str | None, sealed: Sealed) -> None:
    await connection.execute(_SQL["write_person"], program_id, member_id, display_name, *(sealed[column] for column in COLUMNS))


async def write_locale(connection: Connection, program_id: UUID, member_id: UUID, locale: str) -> None:
    await connection.execute(_SQL["write_locale"], program_id, member_id, locale)


async def insert_consents(connection: Connection, program_id: UUID, member_id: UUID, said: Sequence[Consent]) -> None:
    """All of one moment and source."""
    if said:
        await connection.execute(
            _SQL["insert_consents"],
            program_id,
            member_id,
            said[0].at,
            said[0].source,
            [uuid7() for _ in said],
            [one.purpose for one in said],
            [one.given for one in said],
            [one.text_version for one in said],
        )


async def consents_of(executor: Executor, program_id: UUID, member_id: UUID) -> list[Consent]:
    return [Consent(**row) for row in await executor.fetch(_SQL["consents_of"], program_id, member_id)]


async def count_consents(executor: Executor, program_id: UUID, member_id: UUID, purpose: str, since: datetime) -> int:
    return int(await executor.fetchval(_SQL["count_consents"], program_id, member_id, purpose, since))
