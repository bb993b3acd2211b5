"""Reads and writes of the trail and its chain: one typed function a statement of audit.sql."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from honeyguide.database import Connection, Executor, Section, statements

_SQL = statements(__package__, "audit.sql")
_CHAINER = 0x_A0D17  # only has to differ from other users of two-part advisory locks
_COUNTED = 10_000

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Head:
    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Backlog:
    """`waiting` is counted up to 10,000."""

    waiting: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Sought:
    """Which part of the trail is asked for; None leaves a filter out."""

    actor: str | None = None
    action: str | None = None
    member_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


async def try_turn(connection: Connection, program_id: UUID) -> bool:
    return bool(await connection.fetchval(_SQL["try_turn"], _CHAINER, program_id))


async def head(executor: Executor, program_id: UUID) -> Head | None:
    row = await executor.fetchrow(_SQL["head"], program_id)
    return Head(row["seq"], row["hash"]) if row else None


async def waiting(connection: Connection, program_id: UUID, limit: int) -> Sequence[Row]:
    return await connection.fetch(_SQL["waiting"], program_id, limit)  # type: ignore[no-any-return]


async def insert_links(connection: Connection, program_id: UUID, links: Sequence[tuple[int, UUID, bytes]]) -> None:
    await connection.execute(_SQL["insert_links"], program_id, *(list(column) for column in zip(*links, strict=True)))


async def backlog(executor: Executor) -> Backlog:
    row = await executor.fetchrow(_SQL["backlog"], _COUNTED)
    return Backlog(row["waiting"], row["since"])


async def links(executor: Executor, program_id: UUID, after: int, limit: int) -> Sequence[Row]:
    """Rows with seq, hash, link_audit_id, and the columns of the act: all null where there is none."""
    return await executor.fetch(_SQL["links"], program_id, after, limit)  # type: ignore[no-any-return]


async def link_at(executor: Executor, program_id: UUID, seq: int) -> bytes | None:
    return await executor.fetchval(_SQL["link_at"], program_id, seq)  # type: ignore[no-any-return]


async def unchained(executor: Executor, program_id: UUID, before: datetime, limit: int) -> list[tuple[UUID, datetime]]:
    return [(row["audit_id"], row["at"]) for row in await executor.fetch(_SQL["unchained"], program_id, before, limit)]


async def trail(executor: Executor, program_id: UUID, sought: Sought, section: Section) -> Sequence[Row]:
    """Newest first by (at, audit_id); rows with the columns of the act, and seq and hash where it is chained."""
    filters = (sought.actor, sought.action, sought.member_id, sought.since, sought.until)
    statement = section.of(_SQL["trail"])
    return await executor.fetch(statement, program_id, *filters, section.limit, *section.keys(2))  # type: ignore[no-any-return]


async def stretch(
    executor: Executor, program_id: UUID, since: datetime, until: datetime, after: tuple[datetime, UUID], limit: int
) -> Sequence[Row]:
    return await executor.fetch(_SQL["stretch"], program_id, since, until, *after, limit)  # type: ignore[no-any-return]


async def programs(executor: Executor) -> dict[str, UUID]:
    """Their ids by their codes."""
    return {row["code"]: row["program_id"] for row in await executor.fetch(_SQL["programs"])}
