"""The member's card in the app: a code that changes every thirty seconds, and a new card for who lost the phone."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from honeyguide.database import Connection, Database, Executor
from honeyguide.encryption import Cipher
from honeyguide.members import cards
from honeyguide.members.rotating_code import CARD_ID_BYTES, KEY_BYTES, CardKey, code_at, spelt, spelt_card_id, step_end, step_of
from honeyguide.members.store import MemberStatus
from honeyguide.till.outcomes import Refusal

MOST_RENEWALS = 5  # a day: each leaves a row


@dataclass(frozen=True, slots=True)
class CardShown:
    """What the app draws: the text of the QR code, what stands below it, until when to show it."""

    message: str
    alt_text: str
    valid_until: datetime


async def card_now(database: Database, cipher: Cipher, program_id: UUID, member_id: UUID, now: datetime) -> CardShown:
    return _shown(await key_of_card(database.pool, cipher, program_id, member_id, now), now)


async def key_of_card(executor: Executor, cipher: Cipher, program_id: UUID, member_id: UUID, now: datetime) -> CardKey:
    """The card is made when it is first asked for; two phones that ask at once get the same, and so does Google Wallet (G14)."""
    card = await cards.card_of(executor, cipher, program_id, member_id)
    while card is None:
        await cards.insert_card(executor, cipher, program_id, member_id, _new(), now)
        card = await cards.card_of(executor, cipher, program_id, member_id)
    return card


async def renew_card(database: Database, cipher: Cipher, program_id: UUID, member_id: UUID, now: datetime) -> CardShown | Refusal:
    """From its commit on no server takes a code of the old card; ACCOUNT_CLOSED, MEMBER_FROZEN, LIMIT_EXCEEDED."""
    async with database.transaction() as connection:
        if (refusal := await holder_refused(connection, program_id, member_id)) is not None:
            return refusal
        day_ago = now - timedelta(days=1)
        if await cards.cards_made(connection, program_id, member_id, day_ago) > MOST_RENEWALS:  # the first card is no renewal
            return Refusal("LIMIT_EXCEEDED", {"limit": "renewals_a_day", "most": MOST_RENEWALS})
        card = _new()
        await cards.end_card(connection, program_id, member_id, now)
        await cards.insert_card(connection, cipher, program_id, member_id, card, now)
        return _shown(card, now)


async def holder_refused(connection: Connection, program_id: UUID, member_id: UUID) -> Refusal | None:
    """Who left or is frozen changes nothing of what he proves himself by; two changes of one member come one after the other."""
    status = await cards.lock_card_holder(connection, program_id, member_id)
    if status is None or status.is_over:
        return Refusal("ACCOUNT_CLOSED")
    return Refusal("MEMBER_FROZEN") if status is MemberStatus.FROZEN else None


def _new() -> CardKey:
    return CardKey(spelt_card_id(secrets.token_bytes(CARD_ID_BYTES)), secrets.token_bytes(KEY_BYTES))


def _shown(card: CardKey, now: datetime) -> CardShown:
    code = code_at(card.key, step_of(now))
    return CardShown(spelt(card, now), f"{code[:4]} {code[4:]}", step_end(now))
