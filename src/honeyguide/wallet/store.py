"""The pass rows and the one statement that reads a card: one typed function a statement of passes.sql."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from honeyguide.database import Connection, Executor, statements

_SQL = statements(__package__, "passes.sql")


@dataclass(frozen=True, slots=True)
class PassKey:
    """What names a pass in every statement; the member leads, as everywhere."""

    program_id: UUID
    member_id: UUID
    pass_id: UUID


@dataclass(frozen=True, slots=True)
class PassRow:
    """A pass as it was published last: `face` is what it shows, None before the first time."""

    key: PassKey
    style: str
    serial: str
    barcode: str
    state: str
    generation: int
    changed: int
    shown: int
    tag: int
    modified_at: datetime
    face: Mapping[str, Any] | None
    styled: int
    dressed: int
    renewed_at: datetime | None

    @property
    def is_stale(self) -> bool:
        return self.shown < self.changed

    @property
    def is_published(self) -> bool:
        return self.tag > 0


@dataclass(frozen=True, slots=True)
class CardRow:
    """What `load_card` read of one moment; `balances` are (unit, available, pending, ((moment of expiry, quantity), ...)) in minor units."""

    key: PassKey
    style: str
    serial: str
    barcode: str
    state: str
    generation: int
    shown: int
    tag: int
    modified_at: datetime
    body_hash: bytes | None
    version: int
    tier: str | None
    member_number: str
    display_name: str | None
    time_zone: bytes | None  # sealed
    locale: str
    status: str
    anonymous: bool
    dress: int  # the newest revision of the style's own files
    program_version: int
    message: Mapping[str, Any] | None
    window_sums: tuple[int, ...]
    balances: tuple[tuple[str, int, int, tuple[tuple[datetime, int], ...]], ...]


@dataclass(frozen=True, slots=True)
class DrawnPass:
    """What a pass is to show: its row as read, the fingerprint of both wallets' content, and the face."""

    row: CardRow
    body_hash: bytes
    face: Mapping[str, Any]

    @property
    def is_same(self) -> bool:
        """Phones show it already."""
        return self.row.tag > 0 and self.row.body_hash == self.body_hash


async def insert_pass(connection: Connection, key: PassKey, style: str, serial: str, barcode: str, now: datetime) -> bool:
    """True when this made it; False when the style has a pass already or there is no such member."""
    values = (key.program_id, key.member_id, key.pass_id, style, serial, barcode, now)
    return await connection.fetchval(_SQL["insert_pass"], *values) is not None


async def insert_pass_identifiers(connection: Connection, key: PassKey, barcode: str, serial: str) -> None:
    """Raises UniqueViolationError in the unheard-of case that the random barcode is taken."""
    await connection.execute(_SQL["insert_pass_identifiers"], key.program_id, key.member_id, barcode, serial)


async def find_pass(executor: Executor, key: PassKey) -> PassRow | None:
    return _pass(await executor.fetchrow(_SQL["find_pass"], key.program_id, key.member_id, key.pass_id))


async def find_pass_of_style(executor: Executor, program_id: UUID, member_id: UUID, style: str) -> PassRow | None:
    return _pass(await executor.fetchrow(_SQL["find_pass_of_style"], program_id, member_id, style))


async def find_pass_by_serial(executor: Executor, serial: str) -> PassRow | None:
    return _pass(await executor.fetchrow(_SQL["find_pass_by_serial"], serial))


async def year_days(executor: Executor, key: PassKey) -> tuple[datetime, date | None] | None:
    """When the member joined, and the day that an operator set as the beginning of his year."""
    row = await executor.fetchrow(_SQL["year_days"], key.program_id, key.member_id)
    return None if row is None else (row["enrolled_at"], row["year_begins_on"])


async def load_card(
    executor: Executor, key: PassKey, now: datetime, expiring_until: datetime, windows: Sequence[tuple[str, str, str]]
) -> CardRow | None:
    """All of one card in one statement, so in one snapshot (X4); `windows` are (counter, first ISO day, last ISO day)."""
    names, first_days, last_days = ([window[place] for window in windows] for place in range(3))
    row = await executor.fetchrow(
        _SQL["load_card"], key.program_id, key.member_id, key.pass_id, now, expiring_until, names, first_days, last_days
    )
    if row is None:
        return None
    read = {name: row[name] for name in CardRow.__slots__ if name not in ("key", "window_sums", "balances")}
    balances = tuple(
        (unit, available, pending, tuple((datetime.fromisoformat(moment), quantity) for moment, quantity in moments))
        for unit, available, pending, moments in row["balances"] or ()
    )
    return CardRow(key=key, window_sums=tuple(row["window_sums"] or ()), balances=balances, **read)


async def keep_pass(connection: Executor, row: CardRow, now: datetime) -> tuple[int, datetime] | None:
    """The pass shows the right thing already; None when somebody published since the row was read."""
    key = row.key
    kept = await connection.fetchrow(
        _SQL["keep_pass"],
        key.program_id,
        key.member_id,
        key.pass_id,
        row.version,
        row.program_version,
        now,
        row.shown,
        row.tag,
        row.generation,
        row.dress,
    )
    return (kept["tag"], kept["modified_at"]) if kept else None


async def lock_pass(connection: Connection, row: CardRow) -> bool:
    """Wait for who registers a phone or publishes; False when somebody published since the row was read."""
    key = row.key
    return (
        await connection.fetchval(_SQL["lock_pass"], key.program_id, key.member_id, key.pass_id, row.shown, row.tag, row.generation)
        is not None
    )


async def lock_passes(connection: Connection, rows: Sequence[CardRow]) -> set[UUID]:
    """Those of them that nobody else holds, or has published since their rows were read; nobody is waited for."""
    read = [(row.key.program_id, row.key.member_id, row.key.pass_id, row.shown, row.tag, row.generation) for row in rows]
    return {row["pass_id"] for row in await connection.fetch(_SQL["lock_passes"], *map(list, zip(*read, strict=True)))}


async def publish_passes(connection: Connection, drawn: Sequence[DrawnPass], now: datetime) -> dict[UUID, tuple[int, datetime]]:
    """Take the next tags and write the faces; the transaction's last statement, after `lock_pass` or `lock_passes` (A43)."""
    written = [
        (*(one.row.key.program_id, one.row.key.member_id, one.row.key.pass_id), one.row.version, one.row.program_version,
         one.body_hash, dict(one.face), one.row.dress)
        for one in drawn
    ]  # fmt: skip
    rows = await connection.fetch(_SQL["publish_passes"], *map(list, zip(*written, strict=True)), now)
    return {row["pass_id"]: (row["tag"], row["modified_at"]) for row in rows}


async def renew_pass(executor: Executor | Connection, serial: str, now: datetime) -> tuple[PassKey, int] | None:
    """The pass with its next generation; None where no pass has this serial."""
    row = await executor.fetchrow(_SQL["renew_pass"], serial, now)
    return (PassKey(row["program_id"], row["member_id"], row["pass_id"]), row["generation"]) if row else None


async def note_handed(executor: Executor, key: PassKey, tag: int, now: datetime) -> None:
    await executor.execute(_SQL["note_handed"], key.program_id, key.member_id, key.pass_id, tag, now)


def _pass(row: Record | None) -> PassRow | None:
    if row is None:
        return None
    key = PassKey(row["program_id"], row["member_id"], row["pass_id"])
    return PassRow(key=key, **{name: row[name] for name in PassRow.__slots__ if name != "key"})
