"""The refresh token: a sealed note of whose session it is and its generation, with 256 random bits of which only a hash is kept; pure."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from honeyguide.sealed import SealKey, opened, purpose_key, seal

IDLE = timedelta(days=30)
LONGEST = timedelta(days=180)
ACCESS_LIFE = timedelta(minutes=10)
LONGEST_TOKEN = 200

_VERSION = 1
_NOTE = struct.Struct(">B16s16s16sI32s")  # version, program, member, session, generation, secret
_PREFIX = "hgr_"  # so that scanners of code and logs find one that leaked


@dataclass(frozen=True, slots=True)
class RefreshToken:
    program_id: UUID
    member_id: UUID
    session_id: UUID
    generation: int
    secret: bytes = field(repr=False)

    @property
    def secret_hash(self) -> bytes:
        return hashlib.sha256(self.secret).digest()


def refresh_key(secret: SealKey) -> SealKey:
    return purpose_key(secret, "refresh token v1")


def seal_refresh(key: SealKey, token: RefreshToken) -> str:
    ids = (token.program_id.bytes, token.member_id.bytes, token.session_id.bytes)
    return _PREFIX + seal(key, _NOTE.pack(_VERSION, *ids, token.generation, token.secret))


def open_refresh(key: SealKey, text: str) -> RefreshToken | None:
    """None: forged, cut, of another kind - nobody is told which. What the seal holds is ours, however old."""
    if not text.startswith(_PREFIX) or len(text) > LONGEST_TOKEN:
        return None
    note = opened(key, text.removeprefix(_PREFIX), _NOTE.size)
    if note is None:
        return None
    version, program, member, session, generation, secret = _NOTE.unpack(note)
    if version != _VERSION:
        return None
    return RefreshToken(UUID(bytes=program), UUID(bytes=member), UUID(bytes=session), generation, secret)
