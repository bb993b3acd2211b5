"""The certificate of an erasure: what was removed, by kind and number, and that the books hold the same totals as before; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

# By unit, by kind of account: what came to the member, what went, by how many transfers.
Totals = Mapping[str, Mapping[str, Mapping[str, int]]]


class TotalsMoved(AssertionError):
    """An erasure changed what the books sum to; nothing of it is kept."""


def erasure_certificate(
    *,
    member_ids: Sequence[UUID],
    erased_at: datetime,
    erased_by: str,
    reason: str,
    closure: UUID | None,
    removed: Mapping[str, int],
    before: Totals,
    after: Totals,
) -> dict[str, Any]:
    """Plain JSON that names nobody: members by their ids in the books, the first of them who was asked for. Raises TotalsMoved."""
    if before != after:
        raise TotalsMoved("the totals before and after an erasure differ")
    body = {
        "members": [str(member_id) for member_id in member_ids],
        "erased_at": erased_at.isoformat(),
        "erased_by": erased_by,
        "reason": reason,
        "closure": str(closure) if closure else None,
        "removed": dict(removed),
        "totals": {"before": before, "after": after},
    }
    return {**body, "sha256": hashlib.sha256(canonical(body)).hexdigest()}


def canonical(certificate: Mapping[str, Any]) -> bytes:
    """The bytes that `sha256` is of: JSON without spaces, keys sorted, `sha256` itself left out."""
    body = {name: value for name, value in certificate.items() if name != "sha256"}
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
