"""An invitation to a household: a sealed note for a day, stored nowhere; pure."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from honeyguide.sealed import SealKey, opened, purpose_key, seal

INVITATION_LIFE = timedelta(hours=24)

_VERSION = 1
_NOTE = struct.Struct(">B16sQ")  # version, household, end in milliseconds


@dataclass(frozen=True, slots=True)
class Invitation:
    household_id: UUID
    expires_at: datetime


def invitation_key(secret_key: SealKey) -> SealKey:
    return purpose_key(secret_key, "household invitation v1")


def seal_invitation(key: SealKey, program_id: UUID, household_id: UUID, now: datetime) -> str:
    """A token of 55 characters; the program is sealed in, not written down."""
    ends = round((now + INVITATION_LIFE).timestamp() * 1000)
    return seal(key, _NOTE.pack(_VERSION, household_id.bytes, ends), program_id.bytes)


def open_invitation(key: SealKey, program_id: UUID, token: str, now: datetime) -> Invitation | None:
    """What it says, or None: changed, of another program, past its end - nobody is told which."""
    note = opened(key, token, _NOTE.size, program_id.bytes)
    if note is None:
        return None
    version, household, end = _NOTE.unpack(note)
    ends = datetime.fromtimestamp(end / 1000, UTC)
    return Invitation(UUID(bytes=household), ends) if version == _VERSION and now < ends else None
