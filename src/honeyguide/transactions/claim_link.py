"""The link on a receipt by which a purchase that named nobody is claimed: signed, and stored nowhere (R54); pure."""

from __future__ import annotations

import binascii
import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from uuid import UUID

# A receipt that lies in a drawer for longer is a receipt that somebody else found.
LIFETIME = timedelta(days=30)

_VERSION = 1
_NOTE = struct.Struct(">B16sQ")  # version, transaction, end in seconds
_SEAL_BYTES = 16
_LENGTH = len(urlsafe_b64encode(bytes(_NOTE.size + _SEAL_BYTES)).rstrip(b"="))


def seal_claim(secret: bytes, program_id: UUID, transaction_id: UUID, posted_at: datetime) -> str:
    """The token of a receipt: URL-safe, the same each time it is asked for."""
    note = _NOTE.pack(_VERSION, transaction_id.bytes, int((posted_at + LIFETIME).timestamp()))
    return urlsafe_b64encode(note + _seal(secret, program_id, note)).rstrip(b"=").decode("ascii")


def open_claim(secret: bytes, program_id: UUID, token: str, now: datetime) -> UUID | None:
    """The transaction, or None: forged, another program's, past its end - nobody is told which."""
    if len(token) != _LENGTH or not token.isascii():
        return None
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    note, seal = raw[: _NOTE.size], raw[_NOTE.size :]
    if urlsafe_b64encode(raw).rstrip(b"=").decode("ascii") != token or not hmac.compare_digest(seal, _seal(secret, program_id, note)):
        return None
    version, transaction_id, ends = _NOTE.unpack(note)
    if version != _VERSION or datetime.fromtimestamp(ends, UTC) <= now:
        return None
    return UUID(bytes=transaction_id)


def _seal(secret: bytes, program_id: UUID, note: bytes) -> bytes:
    key = hmac.digest(secret, b"honeyguide claim link v1", "sha256")
    return hmac.digest(key, program_id.bytes + note, "sha256")[:_SEAL_BYTES]
