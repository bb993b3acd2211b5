"""The handle of one sale: a sealed note that names the member to one partner at one location for 15 minutes."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from honeyguide.members.proof import Proof
from honeyguide.sealed import SealKey, opened, purpose_key, seal

HANDLE_LIFE = timedelta(minutes=15)

_VERSION = 1
_NOTE = struct.Struct(">BB16sQ")  # version, proof, member, end in milliseconds
_PROOFS = (Proof.NUMBER, Proof.PRESENT, Proof.APPROVED)  # by position: append only


@dataclass(frozen=True, slots=True)
class HandlePlace:
    """Whom and where a handle serves; it is sealed in, not written down, so a handle tells nothing about it."""

    program_id: UUID
    partner_id: UUID
    location: str | None

    @property
    def context(self) -> bytes:
        # None and "" are different places: a location follows only where its mark says so.
        where = b"\x00" if self.location is None else b"\x01" + self.location.encode()
        return self.program_id.bytes + self.partner_id.bytes + where


@dataclass(frozen=True, slots=True)
class OpenedHandle:
    member_id: UUID
    proof: Proof
    expires_at: datetime


def handle_key(secret_key: SealKey) -> SealKey:
    return purpose_key(secret_key, "handle v1")


def seal_handle(key: SealKey, place: HandlePlace, member_id: UUID, proof: Proof, now: datetime) -> str:
    """A handle of 56 characters that ends HANDLE_LIFE from now."""
    ends = round((now + HANDLE_LIFE).timestamp() * 1000)
    return seal(key, _NOTE.pack(_VERSION, _PROOFS.index(proof), member_id.bytes, ends), place.context)


def open_handle(key: SealKey, place: HandlePlace, text: str, now: datetime) -> OpenedHandle | None:
    """What the handle says, or None: changed, another partner's or location's, past its end - nobody is told which."""
    note = opened(key, text, _NOTE.size, place.context)
    if note is None:
        return None
    version, proof, member_id, ends = _NOTE.unpack(note)
    expires_at = datetime.fromtimestamp(ends / 1000, UTC)
    if version != _VERSION or proof >= len(_PROOFS) or expires_at <= now:
        return None
    return OpenedHandle(UUID(bytes=member_id), _PROOFS[proof], expires_at)
