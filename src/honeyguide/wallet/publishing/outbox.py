"""What phones have still to hear of, all of it in tables: one typed function a statement of delivery.sql."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from honeyguide.database import Database, Executor, statements
from honeyguide.wallet.phones.lags import Lags, What
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
class DeliveryRow:
    stale: int
    oldest_stale_since: datetime | None
    delivered: int
    failed: int


async def lease_stale_passes(executor: Executor, limit: int, now: datetime, lease: timedelta) -> list[StalePass]:
    rows = await executor.fetch(_SQL["lease_stale_passes"], limit, now, lease)
    return [StalePass(PassKey(row["program_id"], row["member_id"], row["pass_id"]), row["attempts"]) for row in rows]


async def put_off_pass(executor: Executor, key: PassKey, until: datetime) -> None:
    await executor.execute(_SQL["put_off_pass"], key.program_id, key.member_id, key.pass_id, until)


async def lease_pushes(executor: Executor, limit: int, now: datetime, lease: timedelta, held: Sequence[str] = ()) -> list[DuePush]:
    """`held` are pass types whose line is down."""
    rows = await executor.fetch(_SQL["lease_pushes"], limit, now, lease, list(held))
    return [
        DuePush(row["device_id"], row["pass_id"], row["pass_type"], row["push_token"], row["wanted_tag"], row["attempts"]) for row in rows
    ]


async def note_pushed(
    executor: Executor, device_id: str, pushes: Sequence[DuePush], now: datetime, window: timedelta, sent_at: datetime
) -> list[datetime]:
    """The phone was woken; its other passes of this type wait until the window ends, too (N9). Since when it had waited.

    Nothing is noted of a phone that has another push token by now: it did not hear of anything.
    """
    passes, tags = [push.pass_id for push in pushes], [push.tag for push in pushes]
    rows = await executor.fetch(
        _SQL["note_pushed"], device_id, pushes[0].pass_type, passes, tags, now, window, pushes[0].push_token, sent_at
    )
    return [row["waited_since"] for row in rows if row["waited_since"] is not None]


async def put_off_pushes(executor: Executor, device_id: str, pushes: Sequence[DuePush], until: datetime, tries: int = 0) -> None:
    """`tries` is what does not count against the phone."""
    await executor.execute(_SQL["put_off_pushes"], device_id, [push.pass_id for push in pushes], until, tries)


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


async def bump_counts(executor: Executor, now: datetime, counts: Mapping[tuple[str, str], int]) -> None:
    """Add a round's counts by (what, outcome) to the hour."""
    if counts:
        whats, outcomes = zip(*counts, strict=True)
        await executor.execute(_SQL["bump_counts"], now, list(whats), list(outcomes), list(counts.values()))


async def bump_lags(executor: Executor, now: datetime, lags: Mapping[tuple[What, int], int]) -> None:
    """Add waits by (what, step) to the hour."""
    if lags:
        whats, steps = zip(*lags, strict=True)
        await executor.execute(_SQL["bump_lags"], now, list(whats), list(steps), list(lags.values()))


async def read_lags(executor: Executor, now: datetime) -> Mapping[What, Lags]:
    """Of this hour and the one before."""
    counts: dict[What, dict[int, int]] = {"push": {}, "fetch": {}}
    for row in await executor.fetch(_SQL["read_lags"], now):
        counts[row["what"]][row["up_to_ms"]] = row["count"]
    return {what: Lags.of(of_steps) for what, of_steps in counts.items()}


async def read_delivery(executor: Executor, program_id: UUID, now: datetime) -> DeliveryRow:
    return DeliveryRow(**await executor.fetchrow(_SQL["read_delivery"], program_id, now))


async def mark_outdated_passes(executor: Executor, program_id: UUID, version: int, limit: int, now: datetime) -> int:
    """Mark up to `limit` passes that were drawn under an older program version; 0 when none is left."""
    return _count(await executor.execute(_SQL["mark_outdated_passes"], program_id, version, limit, now))


async def mark_undressed_passes(executor: Executor, program_id: UUID, style: str, revision: int, limit: int, now: datetime) -> int:
    """Mark up to `limit` passes that were drawn with older files of their style; 0 when none is left."""
    return _count(await executor.execute(_SQL["mark_undressed_passes"], program_id, style, revision, limit, now))


def _count(status: str) -> int:
    return int(status.rsplit(" ", 1)[1])
