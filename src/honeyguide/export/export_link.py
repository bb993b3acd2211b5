"""The link behind which a member's data lie for ten minutes: sealed, single, and stored nowhere before it is used; pure."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from honeyguide.sealed import SealKey, opened, purpose_key, seal

LIFETIME = timedelta(minutes=10)
_VERSION = 1
_NOTE = struct.Struct(">B16s16s16sBQ5s")  # version, program, member, id of the link, format, end in seconds, language
_FORMATS = ("JSON", "PDF")


class ExportFormat(StrEnum):
    JSON = "JSON"
    PDF = "PDF"


@dataclass(frozen=True, slots=True)
class ExportLink:
    """Whose data, and which link it is: each opens once."""

    program_id: UUID
    member_id: UUID
    link_id: UUID
    format: ExportFormat
    language: str
    ends_at: datetime


def export_key(secret: SealKey) -> SealKey:
    return purpose_key(secret, "export v1")


def seal_link(key: SealKey, link: ExportLink) -> str:
    """URL-safe; the language is one of the program's."""
    language = link.language.split("-", maxsplit=1)[0].encode("ascii")[:5]
    ends = int(link.ends_at.timestamp())
    ids = (link.program_id.bytes, link.member_id.bytes, link.link_id.bytes)
    return seal(key, _NOTE.pack(_VERSION, *ids, _FORMATS.index(link.format), ends, language))


def open_link(key: SealKey, token: str, now: datetime) -> ExportLink | None:
    """None: forged, cut or past its end - nobody is told which."""
    note = opened(key, token, _NOTE.size)
    if note is None:
        return None
    version, program, member, link, form, ends, language = _NOTE.unpack(note)
    ends_at = datetime.fromtimestamp(ends, UTC)
    if version != _VERSION or ends_at <= now:
        return None
    ids = UUID(bytes=program), UUID(bytes=member), UUID(bytes=link)
    return ExportLink(*ids, ExportFormat(_FORMATS[form]), language.rstrip(b"\0").decode("ascii"), ends_at)
