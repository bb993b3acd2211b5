"""The link by which a member adds the card: signed, short enough for a QR code, and stored nowhere; pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from honeyguide.settings import Settings

LIFETIME = timedelta(hours=24)

_FORMAT = struct.Struct(">B16s16sIH")  # version, program, member, expiry in seconds, generation; the style follows
_VERSION = 1
_SEAL_BYTES = 16
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class AddLink:
    """Whose card of which style; links of an older generation than the pass's are dead."""

    program_id: UUID
    member_id: UUID
    style: str
    generation: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LinkExpired:
    """It was ours, and its day is over."""

    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LinkForged:
    """Not made by us, or cut short on its way."""


def link_key(secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"honeyguide add link", hashlib.sha256)


def seal(link: AddLink, key: bytes) -> str:
    """The token of a link: URL-safe, about 80 characters."""
    body = _FORMAT.pack(_VERSION, link.program_id.bytes, link.member_id.bytes, int(link.expires_at.timestamp()), link.generation)
    body += link.style.encode()
    return base64.urlsafe_b64encode(body + _seal(body, key)).rstrip(b"=").decode()


def open_link(token: str, key: bytes, now: datetime) -> AddLink | LinkExpired | LinkForged:
    """What a token says, when its seal holds and its day is not over."""
    if len(token) > _LONGEST or not token.isascii():
        return LinkForged()
    try:
        sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return LinkForged()
    body, seal_given = sealed[:-_SEAL_BYTES], sealed[-_SEAL_BYTES:]
    if len(body) <= _FORMAT.size or not hmac.compare_digest(_seal(body, key), seal_given):
        return LinkForged()
    version, program, member, expires, generation = _FORMAT.unpack_from(body)
    if version != _VERSION:
        return LinkForged()
    expires_at = datetime.fromtimestamp(expires, UTC)
    if expires_at <= now:
        return LinkExpired(expires_at)
    return AddLink(UUID(bytes=program), UUID(bytes=member), body[_FORMAT.size :].decode(), generation, expires_at)


def add_url(settings: Settings, program_id: UUID, member_id: UUID, style: str, now: datetime, *, generation: int = 1) -> str:
    """The address of the page where this member adds a pass of this style, good for 24 hours.

    The pass need not exist yet: the page issues it.
    """
    return f"{settings.url}/add/{_token(settings, program_id, member_id, style, now, generation)}"


def apple_url(settings: Settings, program_id: UUID, member_id: UUID, style: str, now: datetime, *, generation: int = 1) -> str:
    """The address of the .pkpass itself, for an app that adds it without the page."""
    return add_url(settings, program_id, member_id, style, now, generation=generation) + ".pkpass"


def _token(settings: Settings, program_id: UUID, member_id: UUID, style: str, now: datetime, generation: int) -> str:
    if settings.secret_key is None:
        raise ValueError("settings without a secret key cannot sign links: use load_settings()")
    # Whole minutes, so that a page loaded twice shows one link and not two.
    expires_at = (now + LIFETIME).replace(second=0, microsecond=0)
    link = AddLink(program_id, member_id, style, generation, expires_at)
    return seal(link, link_key(settings.secret_key.get_secret_value()))


def _seal(body: bytes, key: bytes) -> bytes:
    return hmac.digest(key, body, hashlib.sha256)[:_SEAL_BYTES]
