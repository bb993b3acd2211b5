"""What phones and Google have still to hear of, all of it in tables: one typed function a statement of delivery.sql."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from honeyguide.database import Database, Executor, statements
from honeyguide.wallet.store import PassKey

_SQL = statements(__package__, "delivery.sql")


@dataclass(frozen=True, slots=True)
class StalePass:
    key: PassKey
    attempts: int


@dataclass(frozen=True, slots=True)
class DuePush:
    """A registration whose phone has not heard of `tag`."""

    device_id: str = field(repr=False)
    pass_id: UUID
    pass_type: str
    push_token: str = field(repr=False)
    tag: int
    attempts: int


@dataclass(frozen=True, slots=True)
class DueObject:
    """An object at Google that lacks the newest tag; `sent_body` is what Google has, None before the first time."""

    key: PassKey
    object_id: str
    sent_tag: int
    sent_body: Mapping[str, Any] | None
    attempts: int


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    stale: int
    oldest_stale_since: datetime | None
    delivered: int
    failed: int
    google_queue: int


async def lease_stale_passes(executor: Executor, limit: int, now: datetime, lease: timedelta) -> list[StalePass]:
    rows = await executor.fetch(_SQL["lease_stale_passes"], limit, now, lease)
    return [StalePass(PassKey(row["program_id"], row["member_id"], row["pass_id"]), row["attempts"]) for row in rows]


async def put_off_pass(executor: Executor, key: PassKey, until: datetime) -> None:
    await executor.execute(_SQL["put_off_pass"], key.program_id, key.member_id, key.pass_id, until)


async def lease_pushes(executor: Executor, limit: int, now: datetime, lease: timedelta) -> list[DuePush]:
    rows = await executor.fetch(_SQL["lease_pushes"], limit, now, lease)
    return [
        DuePush(row["device_id"], row["pass_id"], row["pass_type"], row["push_token"], row["wanted_tag"], row["attempts"]) for row in rows
    ]


async def note_pushed(executor: Executor, device_id: str, pushes: Sequence[DuePush], now: datetime, window: timedelta) -> None:
    """The phone was woken; its other passes of this type wait until the window ends, too (N9).

    Nothing is noted of a phone that has another push token by now: it did not hear of anything.
    """
    passes, tags = [push.pass_id for push in pushes], [push.tag for push in pushes]
    await executor.execute(_SQL["note_pushed"], device_id, pushes[0].pass_type, passes, tags, now, window, pushes[0].push_token)


async def put_off_pushes(executor: Executor, device_id: str, pushes: Sequence[DuePush], until: datetime) -> None:
    await executor.execute(_SQL["put_off_pushes"], device_id, [push.pass_id for push in pushes], until)


async def forget_dead_devices(database: Database, push_token: str, dead_since: datetime) -> list[PassKey]:
    """Delete the phones behind a dead token that were not renewed after that moment (N6); returns the passes they held."""
    async with database.transaction() as connection:
        dead = await connection.fetch(_SQL["lock_dead_devices"], push_token, dead_since)
        if not dead:
            return []
        rows = await connection.fetch(_SQL["forget_dead_devices"], [row["device_id"] for row in dead])
    return [PassKey(row["program_id"], row["member_id"], row["pass_id"]) for row in rows]


async def nudge_silent_phones(executor: Executor, now: datetime, after: timedelta) -> int:
    return _count(await executor.execute(_SQL["nudge_silent_phones"], now, after))


async def keep_google_object(executor: Executor, key: PassKey, object_id: str) -> None:
    await executor.execute(_SQL["keep_google_object"], key.program_id, key.member_id, key.pass_id, object_id)


async def is_at_google(executor: Executor, key: PassKey) -> bool:
    """Whether Google has had the pass's object once, in whatever state."""
    return await executor.fetchval(_SQL["is_at_google"], key.program_id, key.member_id, key.pass_id) is True


async def lease_google_objects(executor: Executor, limit: int, now: datetime, lease: timedelta) -> list[DueObject]:
    return [_due(row) for row in await executor.fetch(_SQL["lease_google_objects"], limit, now, lease)]


async def lease_google_object(executor: Executor, key: PassKey, now: datetime, lease: timedelta) -> DueObject | None:
    row = await executor.fetchrow(_SQL["lease_google_object"], key.program_id, key.member_id, key.pass_id, now, lease)
    return _due(row) if row else None


async def note_sent(
    executor: Executor, key: PassKey, tag: int, version: int, body: Mapping[str, Any], now: datetime, *, has_users: bool
) -> None:
    """Google holds this body; `has_users` tells that somebody saved it."""
    await executor.execute(_SQL["note_sent"], key.program_id, key.member_id, key.pass_id, tag, version, dict(body), now, has_users)


async def put_off_object(executor: Executor, key: PassKey, until: datetime) -> None:
    await executor.execute(_SQL["put_off_object"], key.program_id, key.member_id, key.pass_id, until)


async def bump_counts(executor: Executor, now: datetime, counts: Mapping[tuple[str, str], int]) -> None:
    """Add a round's counts by (what, outcome) to the hour."""
    if counts:
        whats, outcomes = zip(*counts, strict=True)
        await executor.execute(_SQL["bump_counts"], now, list(whats), list(outcomes), list(counts.values()))


async def read_delivery(executor: Executor, program_id: UUID, now: datetime) -> DeliveryRow:
    return DeliveryRow(**await executor.fetchrow(_SQL["read_delivery"], program_id, now))


async def mark_outdated_passes(executor: Executor, program_id: UUID, version: int, limit: int, now: datetime) -> int:
    """Mark up to `limit` passes that were drawn under an older program version; 0 when none is left."""
    return _count(await executor.execute(_SQL["mark_outdated_passes"], program_id, version, limit, now))


def _due(row: Any) -> DueObject:
    key = PassKey(row["program_id"], row["member_id"], row["pass_id"])
    return DueObject(key, row["object_id"], row["sent_tag"], row["sent_body"], row["attempts"])


def _count(status: str) -> int:
    return int(status.rsplit(" ", 1)[1])
