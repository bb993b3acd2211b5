"""Objects and classes at Google, what they lack, who holds them and how often they woke somebody: one typed function a statement of google_objects.sql."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from honeyguide.database import Executor, statements
from honeyguide.wallet.store import PassKey

_SQL = statements(__package__, "google_objects.sql")

# Who was given a save link is about to use it: the object counts as held for so long (G10).
OFFERED = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class DueObject:
    """An object at Google that lacks the newest tag or key; `sent_body` is what Google has, None before the first time.

    `event_ms` is the latest save or del known when it was leased, `messages` are the ids of those that went out.
    """

    key: PassKey
    object_id: str
    sent_tag: int
    sent_body: Mapping[str, Any] | None
    attempts: int
    wanted_key: int
    event_ms: int
    messages: tuple[UUID, ...]

    @property
    def in_doubt(self) -> bool:
        """An attempt began since Google's last answer: it may have arrived, so Google may have another body than `sent_body`."""
        return self.attempts > 1


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class and Google's word on it; `problem` where Google does not take it as it is."""

    class_id: str
    style: str
    version: int
    review_status: str
    problem: str | None
    checked_at: datetime


async def keep_google_object(executor: Executor, key: PassKey, object_id: str, now: datetime) -> None:
    await executor.execute(_SQL["keep_google_object"], *_ids(key), object_id, now)


async def is_at_google(executor: Executor, key: PassKey, object_id: str) -> bool:
    """Whether Google has had this object of the pass once, in whatever state; another issuer's is another object."""
    return await executor.fetchval(_SQL["is_at_google"], *_ids(key), object_id) is True


async def lease_google_objects(executor: Executor, limit: int, now: datetime, lease: timedelta) -> list[DueObject]:
    return [_due(row) for row in await executor.fetch(_SQL["lease_google_objects"], limit, now, lease)]


async def lease_google_object(executor: Executor, key: PassKey, now: datetime, lease: timedelta) -> DueObject | None:
    row = await executor.fetchrow(_SQL["lease_google_object"], *_ids(key), now, lease)
    return _due(row) if row else None


async def note_sent(
    executor: Executor, due: DueObject, tag: int, version: int, body: Mapping[str, Any], now: datetime, *, has_users: bool | None
) -> None:
    """Google holds this body; `has_users` is what it said of who saved it, None where it was not asked."""
    await executor.execute(
        _SQL["note_sent"], *_ids(due.key), tag, version, dict(body), now, has_users, due.wanted_key, OFFERED, due.event_ms, due.object_id
    )


async def put_off_object(executor: Executor, key: PassKey, until: datetime) -> None:
    await executor.execute(_SQL["put_off_object"], *_ids(key), until)


async def look_at_resting(executor: Executor, now: datetime, after: timedelta, limit: int) -> int:
    return int(str(await executor.execute(_SQL["look_at_resting"], now, after, limit)).rsplit(" ", 1)[1])


async def lock_pass_of(executor: Executor, object_id: str) -> None:
    await executor.execute(_SQL["lock_pass_of"], object_id)


async def note_saved(executor: Executor, object_id: str, event_ms: int, now: datetime) -> bool:
    """False for an object that is not ours."""
    return bool(await executor.fetchval(_SQL["note_saved"], object_id, event_ms, now))


async def note_deleted(executor: Executor, object_id: str, event_ms: int) -> bool:
    """False where a later event is known, or the object is not ours."""
    return bool(await executor.fetchval(_SQL["note_deleted"], object_id, event_ms))


async def take_notification(executor: Executor, key: PassKey, now: datetime, most: int) -> bool:
    """Whether the object may wake its owner once more; it counts from here on, also for a process that dies now."""
    return await executor.fetchval(_SQL["take_notification"], *_ids(key), now, most) is True


async def give_back_notification(executor: Executor, key: PassKey, taken_at: datetime) -> None:
    await executor.execute(_SQL["give_back_notification"], *_ids(key), taken_at)


async def exhaust_notifications(executor: Executor, key: PassKey, now: datetime, most: int) -> None:
    await executor.execute(_SQL["exhaust_notifications"], *_ids(key), now, most)


async def rings_elsewhere(executor: Executor, key: PassKey) -> bool:
    """Whether the member saved an older pass as well, which rings for him (G8)."""
    return bool(await executor.fetchval(_SQL["rings_elsewhere"], *_ids(key)))


async def note_message(executor: Executor, key: PassKey, message_id: UUID) -> None:
    await executor.execute(_SQL["note_message"], *_ids(key), message_id)


async def take_back_message(executor: Executor, key: PassKey, message_id: UUID) -> None:
    await executor.execute(_SQL["take_back_message"], *_ids(key), message_id)


async def keep_due(executor: Executor, key: PassKey, until: datetime) -> None:
    """What was noted as sent lacks something, such as a message."""
    await executor.execute(_SQL["keep_due"], *_ids(key), until)


async def note_class(executor: Executor, program_id: UUID, row: ClassRow) -> None:
    await executor.execute(
        _SQL["note_class"], row.class_id, program_id, row.style, row.version, row.review_status, row.problem, row.checked_at
    )


async def classes_of(executor: Executor, program_id: UUID) -> list[ClassRow]:
    return [ClassRow(**row) for row in await executor.fetch(_SQL["classes_of"], program_id)]


async def is_our_class(executor: Executor, class_id: str) -> bool:
    return await executor.fetchval(_SQL["is_our_class"], class_id) is True


async def count_queue(executor: Executor) -> tuple[int, int]:
    """How many objects wait, and how many rest."""
    row = await executor.fetchrow(_SQL["count_queue"])
    return row["waiting"], row["resting"]


async def take_turns(executor: Executor, project: str, lasting: timedelta) -> float:
    """Reserve so much time of the project's; the seconds until it begins, 0 or a little below for now."""
    seconds: float = await executor.fetchval(_SQL["take_turns"], project, lasting)
    return seconds


async def hold_back(executor: Executor, project: str, pause: timedelta) -> None:
    await executor.execute(_SQL["hold_back"], project, pause)


def _ids(key: PassKey) -> tuple[UUID, UUID, UUID]:
    return key.program_id, key.member_id, key.pass_id


def _due(row: Any) -> DueObject:
    key = PassKey(row["program_id"], row["member_id"], row["pass_id"])
    return DueObject(
        key,
        row["object_id"],
        row["sent_tag"],
        row["sent_body"],
        row["attempts"],
        row["wanted_key"],
        row["event_ms"],
        tuple(row["messages"]),
    )
