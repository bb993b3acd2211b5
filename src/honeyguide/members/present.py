"""A rotating code becomes proof that the member is there: once, as of the moment it was scanned (R51)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from honeyguide.database import Executor
from honeyguide.encryption import Cipher
from honeyguide.members import cards
from honeyguide.members.cards import CodeUse, KnownCard, OfflineUse
from honeyguide.members.handle import HANDLE_LIFE, HandlePlace
from honeyguide.members.rotating_code import KEY_BYTES, OFFLINE_STEPS, CardCode, matching_step, scan_moment

# Who has no card is checked against this, so that an answer takes as long as for a wrong code.
_NOBODYS = bytes(KEY_BYTES)


@dataclass(frozen=True, slots=True)
class Presented:
    """Whose code it was, and since when it is used up: a retry finds the same."""

    member_id: UUID
    used_at: datetime


async def use_up(
    executor: Executor, cipher: Cipher, place: HandlePlace, code: CardCode, scanned_at: datetime | None, now: datetime
) -> Presented | None:
    """None: wrong, stale, of the future, of a renewed card, or used by another; nobody is told which.

    The same partner and location may send the same code again while the handle that it gave lasts.
    """
    moment = scan_moment(scanned_at, now)
    known = (await cards.cards_by_id(executor, cipher, place.program_id, [code.card_id])).get(code.card_id)
    step = matching_step(known.card.key if known else _NOBODYS, code.code, moment or now, now)
    if known is None or moment is None or step is None or known.ended_at is not None:
        return None
    mine = CodeUse(place.partner_id, place.location, now)
    if await cards.use_code(executor, place.program_id, known, step, mine):
        return Presented(known.member_id, now)
    first = await cards.code_use(executor, place.program_id, known, step)
    if first is None or (first.partner_id, first.location) != (place.partner_id, place.location) or now >= first.used_at + HANDLE_LIFE:
        return None
    return Presented(known.member_id, first.used_at)


@dataclass(frozen=True, slots=True)
class Scan:
    """A code that an offline till scanned, when, and the receipt that it is for."""

    code: CardCode
    scanned_at: datetime
    partner_id: UUID
    location: str | None
    receipt: str


async def owners_then(executor: Executor, cipher: Cipher, program_id: UUID, scans: Mapping[int, Scan], now: datetime) -> dict[int, UUID]:
    """Whose cards showed these codes at those moments, by their keys: who paid in an offline shop. It proves nothing.

    Each code counts for one receipt, which may be posted again and again. A card that was renewed since says whose it was before.
    """
    if not scans:
        return {}
    known = await cards.cards_by_id(executor, cipher, program_id, [scan.code.card_id for scan in scans.values()])
    showed = {
        place: OfflineUse(card, step, scan.partner_id, scan.location, scan.receipt)
        for place, scan in scans.items()
        if (card := known.get(scan.code.card_id)) is not None and (step := _showed(card, scan, now)) is not None
    }
    if not showed:
        return {}
    taken = await cards.use_offline(executor, program_id, list(showed.values()), now)
    return {place: use.card.member_id for (place, use), mine in zip(showed.items(), taken, strict=True) if mine}


def _showed(card: KnownCard, scan: Scan, now: datetime) -> int | None:
    """The step of the code, where the card showed it then."""
    if card.ended_at is not None and scan.scanned_at >= card.ended_at:
        return None
    return matching_step(card.card.key, scan.code.code, scan.scanned_at, now, OFFLINE_STEPS)
