"""The link by which the holder of an anonymous card says who he is: signed, and stored nowhere; pure."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from uuid import UUID

from honeyguide.sealed import SealKey, opened, purpose_key, seal

LIFETIME = timedelta(hours=24)

_VERSION = 1
_NOTE = struct.Struct(">B16s16sQ")  # version, program, member, end in seconds


def seal_identify(secret: SealKey, program_id: UUID, member_id: UUID, now: datetime) -> str:
    """The token of the link: URL-safe."""
    # Whole minutes, so that a page loaded twice shows one link and not two.
    ends = (now + LIFETIME).replace(second=0, microsecond=0)
    return seal(_key(secret), _NOTE.pack(_VERSION, program_id.bytes, member_id.bytes, int(ends.timestamp())))


def open_identify(secret: SealKey, token: str, now: datetime) -> tuple[UUID, UUID] | None:
    """Program and member, or None: forged or past its end - nobody is told which."""
    note = opened(_key(secret), token, _NOTE.size)
    if note is None:
        return None
    version, program_id, member_id, ends = _NOTE.unpack(note)
    if version != _VERSION or datetime.fromtimestamp(ends, UTC) <= now:
        return None
    return UUID(bytes=program_id), UUID(bytes=member_id)


def _key(secret: SealKey) -> SealKey:
    return purpose_key(secret, "identify link v1")
