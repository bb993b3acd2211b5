"""Claims: idempotency keys and references in one table, for the lanes and for the mutations that do not go through them."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

import orjson

from honeyguide.caller import Caller
from honeyguide.database import Connection, Executor, statements
from honeyguide.sealed import purpose_key
from honeyguide.till.intent import Key, Reference

_CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME
_SQL = statements(__package__, "till.sql")


class Keyed(Protocol):
    """A request that names its own idempotency key."""

    @property
    def idempotency_key(self) -> str: ...


@dataclass(frozen=True, slots=True)
class ClaimHasher:
    """Hashes what requests ask for with a secret: a claim outlives an erasure, and a phone number must not be guessed from it (R41).

    `secrets`: newest first; claims hashed with an older one are still recognised (README, rotation).
    """

    secrets: tuple[bytes, ...]

    @staticmethod
    def of(secret_key: bytes, *before: bytes) -> ClaimHasher:
        """Secrets for claims only, so that no other HMAC of this installation can ever pass for one."""
        return ClaimHasher(tuple(purpose_key(secret, "claims v1") for secret in (secret_key, *before)))

    def key(self, caller: Caller, operation: str, request: Keyed) -> Key:
        """The caller's key for this request."""
        return self.key_over(caller, request.idempotency_key, operation, request)

    def key_over(self, caller: Caller, idempotency_key: str, operation: str, body: object) -> Key:
        """The same for a chosen body: dataclasses, mappings, sequences of plain values.

        Equal meaning gives equal bytes, whatever the order of keys, the time zone, or the spelling of a decimal.
        """
        canonical = orjson.dumps([operation, body], default=_canonical, option=_CANONICAL)
        newest, *older = (hmac.digest(secret, canonical, "sha256") for secret in self.secrets)
        return Key(caller.scope, idempotency_key, newest, tuple(older))


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier request under the same key did."""

    same_request: bool
    member_id: UUID | None
    transaction_id: UUID | None
    outcome: Any


class ClaimedBefore(Exception):
    """Rolls the transaction back: what it wrote was written under this claim before."""

    def __init__(self, earlier: Earlier, claim: Key | Reference) -> None:
        self.earlier = earlier
        self.claim = claim


async def claim_or_roll_back(
    connection: Connection,
    program_id: UUID,
    claims: Sequence[Key | Reference],
    *,
    member_id: UUID | None = None,
    transaction_id: UUID | None = None,
    outcome: Any = None,
    beside: Mapping[Reference, Any] | None = None,
    now: datetime,
) -> None:
    """Claim all of them in the caller's transaction; raises ClaimedBefore with the first in the list that somebody holds.

    They are inserted in the order of the till's claims, or the two would wait for each other; `beside`, by their outcomes, are claimed on
    the way for no transaction, or left to whoever holds them.
    """
    earlier: dict[Key | Reference, Earlier | None] = {}
    others = beside or {}
    for claim in sorted((*claims, *others), key=lambda claim: (claim.key, claim.scope)):
        if isinstance(claim, Reference) and claim in others:
            given = others[claim]
            await claim_key(connection, program_id=program_id, scope=claim.scope, key=claim.key, request_hash=None, outcome=given, now=now)
            continue
        known = (claim.request_hash, *claim.older) if isinstance(claim, Key) else (None,)
        earlier[claim] = await claim_key(
            connection,
            program_id=program_id,
            scope=claim.scope,
            key=claim.key,
            request_hash=known[0],
            older=known[1:],
            member_id=member_id,
            transaction_id=transaction_id,
            outcome=outcome,
            now=now,
        )
    for claim in claims:
        if (by := earlier[claim]) is not None:
            raise ClaimedBefore(by, claim)


async def claim_key(
    executor: Executor,
    *,
    program_id: UUID,
    scope: str,
    key: str,
    request_hash: bytes | None,
    older: Sequence[bytes | None] = (),
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
        if (earlier := await _claimed(executor, program_id, key, scope, (request_hash, *older))) is not None:
            return earlier  # else the other one rolled back between the two statements


async def read_claim(executor: Executor, program_id: UUID, key: Key) -> Earlier | None:
    """What an earlier request did with this key, without claiming it."""
    return await _claimed(executor, program_id, key.key, key.scope, (key.request_hash, *key.older))


async def _claimed(executor: Executor, program_id: UUID, key: str, scope: str, known: Sequence[bytes | None]) -> Earlier | None:
    row = await executor.fetchrow(_SQL["read_claim"], program_id, key, scope)
    return None if row is None else Earlier(row["request_hash"] in known, row["member_id"], row["transaction_id"], row["outcome"])


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
        case UUID():
            return str(value)  # the driver's own kind, which orjson does not know
        case frozenset() | set():
            return sorted(value, key=str)
    raise TypeError(f"{type(value).__name__} has no canonical form")
