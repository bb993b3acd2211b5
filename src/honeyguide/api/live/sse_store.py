"""Reads and writes reserved and open event streams: one typed function a statement of sse.sql."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from uuid import UUID

from honeyguide.caller import Audience
from honeyguide.database import Database, Executor, statements

OPERATIONS = "honeyguide_operations"  # its notices name the process that has something to take
MOST_WAITING = 16  # calls of one stream

_SQL = statements(__package__, "sse.sql")


class HandedOver(Enum):
    DONE = auto()
    NO_STREAM = auto()
    TWICE = auto()  # an operation of that id waits already
    TOO_MANY = auto()


@dataclass(frozen=True, slots=True)
class Call:
    """`sealed` None: stop the operation."""

    token_hash: bytes
    operation_id: str
    sealed: bytes | None


async def reserve(
    database: Database, hashed: bytes, audience: Audience, owner: bytes, caller: bytes, *, until: datetime, now: datetime, most: int
) -> bool:
    """False where the caller has as many streams as he may."""
    async with database.transaction() as connection:
        await connection.execute(_SQL["one_at_a_time"], owner)
        return bool(await connection.fetchval(_SQL["reserve"], hashed, str(audience), owner, caller, until, now, most))


async def open_stream(
    executor: Executor, hashed: bytes, audience: Audience, owner: bytes | None, holder: UUID, until: datetime, now: datetime
) -> bytes | None:
    """The sealed caller, for the first who comes."""
    found: bytes | None = await executor.fetchval(_SQL["open"], hashed, str(audience), owner, holder, until, now)
    return found


async def take(executor: Executor, hashed: bytes, audience: Audience, owner: bytes | None, now: datetime) -> bytes | None:
    found: bytes | None = await executor.fetchval(_SQL["take"], hashed, str(audience), owner, now)
    return found


async def is_open(executor: Executor, hashed: bytes, audience: Audience, owner: bytes | None, now: datetime) -> bool | None:
    found: bool | None = await executor.fetchval(_SQL["is_open"], hashed, str(audience), owner, now)
    return found


async def hand_over(
    executor: Executor, hashed: bytes, audience: Audience, owner: bytes, operation_id: str, sealed: bytes, now: datetime
) -> HandedOver:
    row = await executor.fetchrow(_SQL["hand_over"], hashed, str(audience), owner, operation_id, sealed, now, MOST_WAITING, OPERATIONS)
    if row is None:
        return HandedOver.NO_STREAM
    if row["put"]:
        return HandedOver.DONE
    return HandedOver.TWICE if row["twice"] else HandedOver.TOO_MANY


async def stop(executor: Executor, hashed: bytes, audience: Audience, owner: bytes, operation_id: str, now: datetime) -> bool:
    """False where the caller has no such stream."""
    return await executor.fetchrow(_SQL["stop"], hashed, str(audience), owner, operation_id, now, MOST_WAITING * 2, OPERATIONS) is not None


async def take_calls(executor: Executor, streams: Collection[bytes]) -> list[Call]:
    rows = await executor.fetch(_SQL["take_calls"], list(streams))
    return [Call(row["token_hash"], row["operation_id"], row["sealed"]) for row in rows]


async def keep(executor: Executor, streams: Collection[bytes], until: datetime) -> frozenset[bytes]:
    """Those that the table still knows; after a crash of the database it knows none."""
    return frozenset(row["token_hash"] for row in await executor.fetch(_SQL["keep"], list(streams), until))


async def end(executor: Executor, hashed: bytes) -> None:
    await executor.execute(_SQL["end"], hashed)
