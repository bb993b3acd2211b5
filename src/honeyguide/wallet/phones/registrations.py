"""Which phone holds which pass: registering, unregistering, listing what changed and noting what was fetched (A30-A33, A41-A49)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from honeyguide.database import Connection, Database, Executor, statements
from honeyguide.wallet.store import PassKey

_SQL = statements(__package__, "devices.sql")

# One phone may come with hundreds of device ids within minutes (A42), but not without end.
PHONES_AT_MOST = 1000
NEW_AN_HOUR = 500


@dataclass(frozen=True, slots=True)
class Registered:
    is_new: bool


@dataclass(frozen=True, slots=True)
class TooManyPhones:
    """Too many other phones hold the pass already, or came within the hour."""


@dataclass(frozen=True, slots=True)
class UnknownPhone:
    """The phone does not hold the pass, and only who does may register now."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Serials of a phone's passes that changed, with the highest tag among them."""

    serials: tuple[str, ...]
    tag: int


async def register(
    database: Database, key: PassKey, *, device_id: str, push_token: str, pass_type: str, now: datetime, known_only: bool = False
) -> Registered | TooManyPhones | UnknownPhone:
    """Note that this phone shows this pass; the phone hears of what was published since it may have downloaded the pass.

    Rows are locked in the order of README.md: pass, device, registration.
    """
    async with database.transaction() as connection:
        held = await connection.fetchrow(_SQL["lock_pass_for_phone"], key.program_id, key.member_id, key.pass_id, now, device_id)
        if held is None:
            return UnknownPhone()
        if not held["is_known"]:
            if known_only:
                return UnknownPhone()
            if held["lately"] >= NEW_AN_HOUR or not await _has_room(connection, key, device_id, held["others"], now):
                return TooManyPhones()
        if await connection.fetchval(_SQL["upsert_device"], device_id, push_token, now):
            await connection.execute(_SQL["push_again"], device_id)
        had = min(held["handed_tag"], held["tag"])
        is_new = await connection.fetchval(
            _SQL["upsert_registration"], device_id, key.program_id, key.member_id, key.pass_id, pass_type, now, had, held["tag"]
        )
        await connection.execute(_SQL["mark_installed"], key.program_id, key.member_id, key.pass_id)
        return Registered(is_new)


async def _has_room(connection: Connection, key: PassKey, device_id: str, others: int, now: datetime) -> bool:
    """Room for one more phone: one that registered long ago and never fetched gives way (A42)."""
    if others < PHONES_AT_MOST:
        return True
    ghost = await connection.fetchval(_SQL["find_ghost"], key.program_id, key.member_id, key.pass_id, now)
    if ghost is None:
        return False
    await connection.execute(_SQL["lock_devices"], [ghost, device_id])
    await connection.execute(_SQL["delete_registration"], ghost, key.pass_id)
    await connection.execute(_SQL["forget_device"], ghost)
    return True


async def unregister(database: Database, key: PassKey, device_id: str) -> None:
    """Forget the registration, and with a phone's last one its push token (A49); nothing happens when it is gone already."""
    async with database.transaction() as connection:
        await connection.execute(_SQL["lock_pass_row"], key.program_id, key.member_id, key.pass_id)
        await connection.execute(_SQL["lock_device"], device_id)
        await connection.execute(_SQL["delete_registration"], device_id, key.pass_id)
        await connection.execute(_SQL["forget_device"], device_id)
        await connection.execute(_SQL["mark_uninstalled"], key.program_id, key.member_id, key.pass_id)


async def mark_uninstalled(database: Database, key: PassKey) -> None:
    """No phone and no Google account holds the pass any more, as far as we know; a phone that registers meanwhile is waited for, and seen."""
    async with database.transaction() as connection:
        await connection.execute(_SQL["lock_pass_row"], key.program_id, key.member_id, key.pass_id)
        await connection.execute(_SQL["mark_uninstalled"], key.program_id, key.member_id, key.pass_id)


async def read_counter(executor: Executor) -> tuple[int, int]:
    """The epoch, and the newest tag of it."""
    row = await executor.fetchrow(_SQL["read_counter"])
    return row["epoch"], row["tag"]


async def list_passes(executor: Executor, device_id: str, pass_type: str, since: int) -> Listing | None:
    """Every pass of the phone with a published tag above `since` (A43); None when there is none."""
    rows = await executor.fetch(_SQL["list_passes"], device_id, pass_type, since)
    if not rows:
        return None
    return Listing(tuple(row["serial"] for row in rows), max(since, rows[-1]["tag"]))


async def note_listed(executor: Executor, device_id: str, pass_type: str, serials: Sequence[str], now: datetime) -> None:
    await executor.execute(_SQL["note_listed"], device_id, pass_type, now, list(serials))


async def note_fetched(executor: Executor, key: PassKey, tag: int, version: int, now: datetime) -> datetime | None:
    """A phone has the pass as of this tag, for which it had waited since then; which phone is a good guess, for a fetch names none."""
    waited_since: datetime | None = await executor.fetchval(
        _SQL["note_fetched"], key.program_id, key.member_id, key.pass_id, tag, version, now
    )
    return waited_since


async def phones_lag(executor: Executor | Connection, key: PassKey, tag: int) -> bool:
    lag: bool = await executor.fetchval(_SQL["phones_lag"], key.program_id, key.member_id, key.pass_id, tag)
    return lag
