"""Messages on passes in the database: one typed function a statement of messages.sql."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record
from uuid_utils.compat import uuid7

from honeyguide.database import Executor, statements
from honeyguide.wallet.messages.decide import Due
from honeyguide.wallet.messages.pass_message import PassMessage

_SQL = statements(__package__, "messages.sql")
NOBODY = UUID(int=0)


async def messages_shown(executor: Executor, program_id: UUID, member_id: UUID, now: datetime) -> list[PassMessage]:
    """What stands on the member's passes at that moment, the newest first; ten at most."""
    return [_message(row) for row in await executor.fetch(_SQL["messages_shown"], program_id, member_id, now)]


async def find_walk(executor: Executor, program_id: UUID, now: datetime, rested: datetime) -> UUID | None:
    """Up to which member the walk over all holders got, begun anew where the last one began before `rested`; None while it rests."""
    await executor.execute(_SQL["add_walk"], program_id, NOBODY, now)
    await executor.execute(_SQL["begin_walk"], program_id, NOBODY, now, rested)
    walked: UUID | None = await executor.fetchval(_SQL["find_walk"], program_id)
    return walked


async def move_walk(executor: Executor, program_id: UUID, since: UUID, after: UUID, *, done: bool) -> None:
    await executor.execute(_SQL["move_walk"], program_id, since, after, done)


async def holders(
    executor: Executor, program_id: UUID, after: UUID, at_most: int, now: datetime, units: tuple[str | None, str | None], until: datetime
) -> Sequence[Record]:
    """The next members with passes; `units` are that which expires and that of balances."""
    rows: Sequence[Record] = await executor.fetch(_SQL["holders"], program_id, after, at_most, now, *units, until)
    return rows


async def write_message(
    executor: Executor, program_id: UUID, member_id: UUID, due: Due, words: tuple[Mapping[str, str], Mapping[str, str]], now: datetime
) -> None:
    """Nothing happens where another worker wrote it."""
    header, body = dict(words[0]), dict(words[1])
    values: tuple[Any, ...] = (due.kind, due.occasion, header, body, due.notify, now, due.ends_at)
    await executor.execute(_SQL["write_message"], program_id, member_id, uuid7(), *values)


async def end_messages(executor: Executor, program_id: UUID, member_id: UUID, message_ids: Sequence[UUID], now: datetime) -> None:
    await executor.execute(_SQL["end_messages"], program_id, member_id, list(message_ids), now)


async def ended_messages(executor: Executor, program_id: UUID, now: datetime, at_most: int) -> list[tuple[UUID, UUID]]:
    """Member and message."""
    rows = await executor.fetch(_SQL["ended_messages"], program_id, now, at_most)
    return [(row["member_id"], row["message_id"]) for row in rows]


def _message(row: Record) -> PassMessage:
    return PassMessage(
        id=row["message_id"],
        kind=row["kind"],
        header=row["header"],
        body=row["body"],
        posted_at=row["posted_at"],
        ends_at=row["ends_at"],
        notify=row["notify"],
    )
