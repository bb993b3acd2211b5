"""Cards and the codes that were used up: one typed function a statement of cards.sql, keys sealed and opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from honeyguide.database import Connection, Executor, statements
from honeyguide.encryption import Cipher, row_context
from honeyguide.members.rotating_code import CardKey
from honeyguide.members.store import MemberStatus

_SQL = statements(__package__, "cards.sql")
# Rows a round of the retention jobs.
ROUND = 1_000


@dataclass(frozen=True, slots=True)
class KnownCard:
    """A card by its id; `ended_at` where the member renewed it since."""

    member_id: UUID
    card: CardKey
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class CodeUse:
    partner_id: UUID
    location: str | None
    used_at: datetime


@dataclass(frozen=True, slots=True)
class OfflineUse:
    """A code that an offline till scanned, for one receipt."""

    card: KnownCard
    step: int
    partner_id: UUID
    location: str | None
    receipt: str


async def card_of(executor: Executor, cipher: Cipher, program_id: UUID, member_id: UUID) -> CardKey | None:
    """A key that lies under a former secret is sealed anew, so that the secret can go."""
    row = await executor.fetchrow(_SQL["card_of"], program_id, member_id)
    if row is None:
        return None
    card = _opened(cipher, program_id, row["member_id"], row["card_id"], row["sealed_key"])
    if cipher.needs_rotation(row["sealed_key"]):
        await executor.execute(_SQL["reseal_card"], program_id, member_id, card.card_id, _sealed(cipher, program_id, member_id, card))
    return card


async def insert_card(executor: Executor, cipher: Cipher, program_id: UUID, member_id: UUID, card: CardKey, now: datetime) -> None:
    await executor.execute(_SQL["insert_card"], program_id, member_id, card.card_id, _sealed(cipher, program_id, member_id, card), now)


async def end_card(connection: Connection, program_id: UUID, member_id: UUID, now: datetime) -> None:
    await connection.execute(_SQL["end_card"], program_id, member_id, now)


async def cards_made(connection: Connection, program_id: UUID, member_id: UUID, since: datetime) -> int:
    return int(await connection.fetchval(_SQL["cards_made"], program_id, member_id, since))


async def lock_card_holder(connection: Connection, program_id: UUID, member_id: UUID) -> MemberStatus | None:
    status = await connection.fetchval(_SQL["lock_card_holder"], program_id, member_id)
    return None if status is None else MemberStatus(status)


async def cards_by_id(executor: Executor, cipher: Cipher, program_id: UUID, card_ids: Sequence[str]) -> dict[str, KnownCard]:
    rows = await executor.fetch(_SQL["cards_by_id"], program_id, list(card_ids))
    return {
        row["card_id"]: KnownCard(
            row["member_id"], _opened(cipher, program_id, row["member_id"], row["card_id"], row["sealed_key"]), row["ended_at"]
        )
        for row in rows
    }


async def use_code(executor: Executor, program_id: UUID, known: KnownCard, step: int, use: CodeUse) -> bool:
    """Whether it was still to be had; of two at the same moment one waits for the other."""
    row = await executor.fetchrow(
        _SQL["use_code"], program_id, known.member_id, known.card.card_id, step, use.partner_id, use.location, use.used_at
    )
    return row is not None


async def code_use(executor: Executor, program_id: UUID, known: KnownCard, step: int) -> CodeUse | None:
    row = await executor.fetchrow(_SQL["code_use"], program_id, known.member_id, known.card.card_id, step)
    return None if row is None else CodeUse(**row)


async def use_offline(executor: Executor, program_id: UUID, uses: Sequence[OfflineUse], now: datetime) -> list[bool]:
    """For each whether the code is that receipt's, now or since before; of two that come at once one waits for the other."""
    columns = (
        [use.card.member_id for use in uses],
        [use.card.card.card_id for use in uses],
        [use.step for use in uses],
        [use.partner_id for use in uses],
        [use.location for use in uses],
        [use.receipt for use in uses],
    )
    await executor.execute(_SQL["use_offline"], program_id, *columns, now)
    return [row["mine"] for row in await executor.fetch(_SQL["offline_uses"], program_id, *columns)]


async def forget_used_codes(executor: Executor, program_id: UUID, before: datetime) -> int:
    """A round of retention: how many went."""
    return len(await executor.fetch(_SQL["forget_used_codes"], program_id, before, ROUND))


async def forget_ended_cards(executor: Executor, program_id: UUID, before: datetime) -> int:
    """A round of retention: how many went."""
    return len(await executor.fetch(_SQL["forget_ended_cards"], program_id, before, ROUND))


async def erase_cards(connection: Connection, program_id: UUID, member_ids: Sequence[UUID]) -> int:
    return int(await connection.fetchval(_SQL["erase_cards"], program_id, list(member_ids)))


def _sealed(cipher: Cipher, program_id: UUID, member_id: UUID, card: CardKey) -> bytes:
    return cipher.seal(card.key, _context(program_id, member_id, card.card_id))


def _opened(cipher: Cipher, program_id: UUID, member_id: UUID, card_id: str, sealed: bytes) -> CardKey:
    return CardKey(card_id, cipher.open(sealed, _context(program_id, member_id, card_id)))


def _context(program_id: UUID, member_id: UUID, card_id: str) -> bytes:
    return row_context(b"card_key.sealed_key", program_id, member_id) + card_id.encode()
