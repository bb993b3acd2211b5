"""The bytes of a row and the hash of its link, as README.md writes them down for auditors; pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

# Every column but `detail`, which comes as the text that the database prints, so that no number passes through a float of ours.
COLUMNS = (
    "program_id",
    "audit_id",
    "at",
    "actor",
    "audience",
    "credential_id",
    "action",
    "subject_kind",
    "subject",
    "members",
    "request_id",
    "approval_id",
)


def told(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row as plain JSON; raises ValueError where its detail is none."""
    return {**{name: _plain(row[name]) for name in COLUMNS}, "detail": json.loads(row["detail"])}


def canonical(plain: Mapping[str, Any]) -> bytes:
    """UTF-8 JSON without spaces, keys sorted on every level."""
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def first_hash(program_id: UUID) -> bytes:
    """What stands before the first link of a program."""
    return hashlib.sha256(f"honeyguide audit 1:{program_id}".encode()).digest()


def link_hash(before: bytes, plain: Mapping[str, Any]) -> bytes:
    """32 bytes: SHA-256 over the 32 bytes of the hash before it, then the canonical bytes of the row."""
    return hashlib.sha256(before + canonical(plain)).digest()


def _plain(value: Any) -> Any:
    match value:
        case UUID():
            return str(value)
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        case list():
            return [_plain(one) for one in value]
    return value
