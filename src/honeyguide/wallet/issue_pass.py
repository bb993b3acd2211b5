"""Issue a pass: one for each member and style; asking again gives the same."""

from __future__ import annotations

import secrets
from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from honeyguide.database import Connection
from honeyguide.wallet import store
from honeyguide.wallet.store import PassKey, PassRow

# Digits scan shortest in every symbology; 20 of them are 66 bits, so that nobody guesses one.
_BARCODE_DIGITS = 20


@dataclass(frozen=True, slots=True)
class PassIssued:
    issued: PassRow
    is_new: bool


@dataclass(frozen=True, slots=True)
class StyleNotFound:
    style: str


@dataclass(frozen=True, slots=True)
class HolderNotFound:
    """There is no such member in the books."""


async def issue_pass(
    connection: Connection, *, program_id: UUID, member_id: UUID, style: str, styles: Container[str], now: datetime
) -> PassIssued | StyleNotFound | HolderNotFound:
    """The member's pass of this style, made when there is none; within a transaction of the caller.

    Barcode and serial are random: both can be revoked, and neither tells the member number.
    """
    if style not in styles:
        return StyleNotFound(style)
    if known := await store.find_pass_of_style(connection, program_id, member_id, style):
        return PassIssued(known, is_new=False)
    key = PassKey(program_id, member_id, uuid7())
    barcode, serial = _random_digits(_BARCODE_DIGITS), secrets.token_hex(16)
    is_new = await store.insert_pass(connection, key, style, serial, barcode, now)
    if is_new:
        await store.insert_pass_identifiers(connection, key, barcode, serial)
    issued = await store.find_pass_of_style(connection, program_id, member_id, style)
    return PassIssued(issued, is_new) if issued else HolderNotFound()


def _random_digits(count: int) -> str:
    return "".join(secrets.choice("0123456789") for _ in range(count))
