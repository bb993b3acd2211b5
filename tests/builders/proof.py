"""What tests of proof need beside a shop: handles of every proof, a cipher, cards that are scanned at a till."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from builders.shop import HANDLE_KEY, Shop
from honeyguide.encryption import Cipher
from honeyguide.members.card import card_now
from honeyguide.members.handle import HandlePlace, seal_handle
from honeyguide.members.lookup import LookupKind, MemberLookup
from honeyguide.members.present import Presented, use_up
from honeyguide.members.proof import Proof
from honeyguide.members.rotating_code import CardCode, read_code

CIPHER = Cipher.of([b"a secret of tests, of forty letters....."], b"members")


def place(shop: Shop, partner: str = "grocer", location: str | None = None) -> HandlePlace:
    return HandlePlace(shop.applied.program_id, shop.partners[partner].partner_id, location)


def proved(shop: Shop, member_id: UUID, proof: Proof = Proof.PRESENT, partner: str = "grocer") -> MemberLookup:
    """The member by a handle that carries this proof, as `identify` gives it."""
    return MemberLookup(LookupKind.HANDLE, seal_handle(HANDLE_KEY, place(shop, partner), member_id, proof, shop.clock()))


async def code_of(shop: Shop, member_id: UUID) -> CardCode:
    """What a scanner reads from the member's app now."""
    shown = await card_now(shop.database, CIPHER, shop.applied.program_id, member_id, shop.clock())
    code = read_code(shown.message)
    assert code is not None
    return code


async def scanned(
    shop: Shop, code: CardCode, partner: str = "grocer", location: str | None = None, scanned_at: datetime | None = None
) -> Presented | None:
    return await use_up(shop.database.pool, CIPHER, place(shop, partner, location), code, scanned_at, shop.clock())


async def freeze(shop: Shop, member_id: UUID) -> None:
    await shop.database.pool.execute("UPDATE member SET status = 'FROZEN' WHERE member_id = $1", member_id)
