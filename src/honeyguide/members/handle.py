"""The handle of one sale: a sealed note that names the member to one partner at one location for 15 minutes."""

from __future__ import annotations

import binascii
import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from honeyguide.members.proof import Proof

HANDLE_LIFE = timedelta(minutes=15)

_VERSION = 1
_NOTE = struct.Struct(">BB16sQ")  # version, proof, member, end in milliseconds
_SEAL_BYTES = 16
_LENGTH = (_NOTE.size + _SEAL_BYTES) * 4 // 3
_PROOFS = (Proof.NUMBER, Proof.PRESENT, Proof.APPROVED)  # by position: append only


@dataclass(frozen=True, slots=True)
class HandlePlace:
    """Whom and where a handle serves; it is sealed in, not written down, so a handle tells nothing about it."""

    program_id: UUID
    partner_id: UUID
    location: str | None


@dataclass(frozen=True, slots=True)
class OpenedHandle:
    member_id: UUID
    proof: Proof
    expires_at: datetime


def handle_key(secret_key: bytes) -> bytes:
    """The key of handles only, so that no other HMAC of this installation can ever pass for one."""
    return hmac.digest(secret_key, b"honeyguide handle v1", "sha256")


def seal_handle(key: bytes, place: HandlePlace, member_id: UUID, proof: Proof, now: datetime) -> str:
    """A handle of 56 characters that ends HANDLE_LIFE from now."""
    ends = round((now + HANDLE_LIFE).timestamp() * 1000)
    note = _NOTE.pack(_VERSION, _PROOFS.index(proof), member_id.bytes, ends)
    return urlsafe_b64encode(note + _seal(key, note, place)).decode("ascii")


def open_handle(key: bytes, place: HandlePlace, text: str, now: datetime) -> OpenedHandle | None:
    """What the handle says, or None: changed, another partner's or location's, past its end - nobody is told which."""
    if len(text) != _LENGTH or not text.isascii():
        return None
    try:
        raw = urlsafe_b64decode(text)
    except (binascii.Error, ValueError):
        return None
    # base64 has several spellings of the same bytes; ours is the only one that is a handle.
    if urlsafe_b64encode(raw).decode("ascii") != text:
        return None
    note, seal = raw[: _NOTE.size], raw[_NOTE.size :]
    if not hmac.compare_digest(seal, _seal(key, note, place)):
        return None
    version, proof, member_id, ends = _NOTE.unpack(note)
    expires_at = datetime.fromtimestamp(ends / 1000, UTC)
    if version != _VERSION or proof >= len(_PROOFS) or expires_at <= now:
        return None
    return OpenedHandle(UUID(bytes=member_id), _PROOFS[proof], expires_at)


def _seal(key: bytes, note: bytes, place: HandlePlace) -> bytes:
    # None and "" are different places: a location follows only where its mark says so.
    where = b"\x00" if place.location is None else b"\x01" + place.location.encode()
    return hmac.digest(key, note + place.program_id.bytes + place.partner_id.bytes + where, "sha256")[:_SEAL_BYTES]
