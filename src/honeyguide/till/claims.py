"""Claims: idempotency keys and references in one table, for the lanes and for the mutations that do not go through them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from honeyguide.database import Executor, statements

_CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME
_SQL = statements(__package__, "till.sql")


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier request under the same key did."""

    same_request: bool
    member_id: UUID | None
    transaction_id: UUID | None
    outcome: Any


def request_hash(operation: str, request: object) -> bytes:
    """Hash an operation's name and canonical input (dataclasses, mappings, sequences of plain values).

    Equal meaning gives equal bytes, whatever the order of keys, the time zone, or the spelling of a decimal.
    """
    return hashlib.sha256(orjson.dumps([operation, request], default=_canonical, option=_CANONICAL)).digest()


async def claim_key(
    executor: Executor,
    *,
    program_id: UUID,
    scope: str,
    key: str,
    request_hash: bytes | None,
    member_id: UUID | None = None,
    transaction_id: UUID | None = None,
    outcome: Any = None,
    now: datetime,
) -> Earlier | None:
    """Claim a key in the caller's transaction; None = it is ours, else what an earlier request did with it.

    A request with the same key that is under way elsewhere is waited for.
    """
    while True:
        if await executor.fetchval(_SQL["insert_claim"], program_id, key, scope, request_hash, member_id, transaction_id, outcome, now):
            return None
        row = await executor.fetchrow(_SQL["read_claim"], program_id, key, scope)
        if row is not None:  # else the other one rolled back between the two statements
            return Earlier(row["request_hash"] == request_hash, row["member_id"], row["transaction_id"], row["outcome"])


def reference_scope(partner_id: UUID, location: str | None, business_date: date, kind: str) -> str:
    """References are unique by partner, location, business date and kind (R2)."""
    return f"reference:{partner_id}:{kind}:{business_date.isoformat()}:{location or ''}"


def _canonical(value: object) -> object:
    """What orjson does not write by itself, or not in one way only."""
    match value:
        case Decimal():
            return format(value.normalize(), "f") if value else "0"  # 5, 5.0 and 5.00 are one amount
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case bytes():
            return value.hex()
        case frozenset() | set():
            return sorted(value, key=str)
    raise TypeError(f"{type(value).__name__} has no canonical form")
