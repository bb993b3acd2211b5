"""An invitation to a household: a sealed note for a day, stored nowhere; pure."""

from __future__ import annotations

import binascii
import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

INVITATION_LIFE = timedelta(hours=24)

_VERSION = 1
_NOTE = struct.Struct(">B16sQ")  # version, household, end in milliseconds
_SEAL_BYTES = 16
_BYTES = _NOTE.size + _SEAL_BYTES


@dataclass(frozen=True, slots=True)
class Invitation:
    household_id: UUID
    expires_at: datetime


def invitation_key(secret_key: bytes) -> bytes:
    """The key of invitations only, so that no other HMAC of this installation can ever pass for one."""
    return hmac.digest(secret_key, b"honeyguide household invitation v1", "sha256")


def seal_invitation(key: bytes, program_id: UUID, household_id: UUID, now: datetime) -> str:
    """A token of 55 characters; the program is sealed in, not written down."""
    note = _NOTE.pack(_VERSION, household_id.bytes, round((now + INVITATION_LIFE).timestamp() * 1000))
    return urlsafe_b64encode(note + _seal(key, program_id, note)).rstrip(b"=").decode("ascii")


def open_invitation(key: bytes, program_id: UUID, token: str, now: datetime) -> Invitation | None:
    """What it says, or None: changed, of another program, past its end - nobody is told which."""
    if not token.isascii() or len(token) > 2 * _BYTES:
        return None
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    note, seal = raw[: _NOTE.size], raw[_NOTE.size :]
    # base64 has several spellings of the same bytes; ours is the only one that is an invitation.
    if len(raw) != _BYTES or urlsafe_b64encode(raw).rstrip(b"=").decode("ascii") != token:
        return None
    if not hmac.compare_digest(seal, _seal(key, program_id, note)):
        return None
    version, household, end = _NOTE.unpack(note)
    ends = datetime.fromtimestamp(end / 1000, UTC)
    return Invitation(UUID(bytes=household), ends) if version == _VERSION and now < ends else None


def _seal(key: bytes, program_id: UUID, note: bytes) -> bytes:
    return hmac.digest(key, program_id.bytes + note, "sha256")[:_SEAL_BYTES]
