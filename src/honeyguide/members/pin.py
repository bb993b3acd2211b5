"""A member's PIN: set in the app, typed at a till; wrong tries lock it for a time that grows and ends by itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID, uuid4

from honeyguide.database import Connection, Database, Executor, statements
from honeyguide.encryption import Cipher, row_context
from honeyguide.members.answer_grid import OnTheGrid
from honeyguide.members.card import holder_refused
from honeyguide.till.outcomes import Refusal

_SQL = statements(__package__, "pins.sql")
_PIN = re.compile(r"[0-9]{4,8}", re.ASCII)
_RISING, _FALLING = "01234567890123456789", "98765432109876543210"
# The middle of the keypad, and what people choose most.
_POPULAR = frozenset({"2580", "0852", "1379", "1397", "2468", "1357", "147258", "159753", "102030", "12341234", "147258369"})
_YEAR = re.compile(r"(19|20)[0-9]{2}")
# A wrong answer leaves on this grid, so that one write more does not tell who has a PIN.
ANSWER_GRID_SECONDS = 0.05


class PinHasher(Protocol):
    """A slow hash off the event loop; `verify(None, ...)` costs the same and is never right."""

    async def hash(self, secret: str) -> str: ...
    async def verify(self, secret_hash: str | None, secret: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class PinState:
    """`wrong`: tries in a row that were wrong; `locked_until` may have passed."""

    set_at: datetime
    wrong: int
    locked_until: datetime | None


async def set_pin(
    database: Database, cipher: Cipher, hasher: PinHasher, program_id: UUID, member_id: UUID, pin: str, now: datetime
) -> Refusal | None:
    """INVALID_VALUE for what is no PIN or too easily guessed; ACCOUNT_CLOSED, MEMBER_FROZEN."""
    if not _PIN.fullmatch(pin) or is_trivial(pin):
        return Refusal("INVALID_VALUE", {"path": ["pin"]})
    hashed = cipher.seal((await hasher.hash(pin)).encode(), _context(program_id, member_id))
    async with database.transaction() as connection:
        if (refusal := await holder_refused(connection, program_id, member_id)) is not None:
            return refusal
        await connection.execute(_SQL["set_pin"], program_id, member_id, hashed, now)
    return None


async def remove_pin(executor: Executor, program_id: UUID, member_id: UUID) -> bool:
    """Whether there was one."""
    return bool(await executor.fetchval(_SQL["remove_pin"], program_id, member_id))


async def is_right_pin(
    executor: Executor, cipher: Cipher, hasher: PinHasher, program_id: UUID, member_id: UUID | None, pin: str, now: datetime
) -> bool:
    """Wrong, locked, none set, nobody there: one answer, in the same time."""
    grid = OnTheGrid(ANSWER_GRID_SECONDS)
    asked = member_id or uuid4()
    sealed: bytes | None = await executor.fetchval(_SQL["take_try"], program_id, asked, now)
    known = cipher.open(sealed, _context(program_id, asked)).decode() if sealed is not None else None
    if await hasher.verify(known, pin if _PIN.fullmatch(pin) else "0"):
        await executor.execute(_SQL["right_pin"], program_id, asked, sealed)
        return True
    await grid.leave()
    return False


async def pin_state(executor: Executor, program_id: UUID, member_id: UUID) -> PinState | None:
    row = await executor.fetchrow(_SQL["pin_state"], program_id, member_id)
    return None if row is None else PinState(**row)


async def erase_pins(connection: Connection, program_id: UUID, member_ids: Sequence[UUID]) -> int:
    return int(await connection.fetchval(_SQL["erase_pins"], program_id, list(member_ids)))


def is_trivial(pin: str) -> bool:
    """What a stranger tries first: one or two digits repeated, digits in a row, a year, and the most popular ones."""
    repeats = any(pin == (pin[:size] * len(pin))[: len(pin)] for size in (1, 2))
    return repeats or pin in _RISING or pin in _FALLING or pin in _POPULAR or bool(_YEAR.fullmatch(pin))


def _context(program_id: UUID, member_id: UUID) -> bytes:
    return row_context(b"pin.sealed_hash", program_id, member_id)
