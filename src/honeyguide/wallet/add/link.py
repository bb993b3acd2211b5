"""The link by which a member adds the card: signed, short enough for a QR code, and stored nowhere; pure."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from honeyguide.sealed import SealKey, opened, purpose_key, seal
from honeyguide.settings import Settings

LIFETIME = timedelta(hours=24)

_FORMAT = struct.Struct(">B16s16sIH")  # version, program, member, expiry in seconds, generation; the style follows
_VERSION = 1
_SIZES = range(_FORMAT.size + 1, 135)  # with the style


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


def link_key(secret: SealKey) -> SealKey:
    return purpose_key(secret, "add link")


def seal_link(link: AddLink, key: SealKey) -> str:
    """The token of a link: URL-safe, about 80 characters."""
    body = _FORMAT.pack(_VERSION, link.program_id.bytes, link.member_id.bytes, int(link.expires_at.timestamp()), link.generation)
    return seal(key, body + link.style.encode())


def open_link(token: str, key: SealKey, now: datetime) -> AddLink | LinkExpired | LinkForged:
    """What a token says, when its seal holds and its day is not over."""
    body = opened(key, token, _SIZES)
    if body is None:
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
    # Whole minutes, so that a page loaded twice shows one link and not two.
    expires_at = (now + LIFETIME).replace(second=0, microsecond=0)
    link = AddLink(program_id, member_id, style, generation, expires_at)
    return seal_link(link, link_key(settings.secrets))
