"""The link on a receipt by which a purchase that named nobody is claimed: signed, and stored nowhere (R54); pure."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from uuid import UUID

from honeyguide.sealed import SealKey, opened, purpose_key, seal

# A receipt that lies in a drawer for longer is a receipt that somebody else found.
LIFETIME = timedelta(days=30)

_VERSION = 1
_NOTE = struct.Struct(">B16sQ")  # version, transaction, end in seconds


def seal_claim(secret: SealKey, program_id: UUID, transaction_id: UUID, posted_at: datetime) -> str:
    """The token of a receipt: URL-safe, the same each time it is asked for."""
    note = _NOTE.pack(_VERSION, transaction_id.bytes, int((posted_at + LIFETIME).timestamp()))
    return seal(_key(secret), note, program_id.bytes)


def open_claim(secret: SealKey, program_id: UUID, token: str, now: datetime) -> UUID | None:
    """The transaction, or None: forged, another program's, past its end - nobody is told which."""
    note = opened(_key(secret), token, _NOTE.size, program_id.bytes)
    if note is None:
        return None
    version, transaction_id, ends = _NOTE.unpack(note)
    if version != _VERSION or datetime.fromtimestamp(ends, UTC) <= now:
        return None
    return UUID(bytes=transaction_id)


def _key(secret: SealKey) -> SealKey:
    return purpose_key(secret, "claim link v1")
