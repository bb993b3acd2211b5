"""What the database answered: who holds the claims already, and the books of each member."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from honeyguide.ledger.lots import Lot
from honeyguide.ledger.member_books import Balance, MemberBooks, TierSpan


@dataclass(frozen=True, slots=True)
class EarlierClaim:
    request_hash: bytes | None
    member_id: UUID | None
    transaction_id: UUID | None
    outcome: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Opened:
    """`earlier` by (key, scope); `books` by member, without those who do not exist."""

    earlier: dict[tuple[str, str], EarlierClaim]
    books: dict[UUID, MemberBooks]


def parse_opened(program_id: UUID, earlier: str, books: str) -> Opened:
    claims = {(key, scope): _earlier(*rest) for key, scope, *rest in orjson.loads(earlier)}
    return Opened(claims, parse_books(program_id, books))


def parse_books(program_id: UUID, text: str) -> dict[UUID, MemberBooks]:
    body = orjson.loads(text)
    accounts, tiers, counters, lots = (_by_member(body[name]) for name in ("accounts", "tiers", "counters", "lots"))
    books = {}
    for row in body["members"] or ():
        member = row[0]
        member_id = UUID(member)
        books[member_id] = MemberBooks(
            program_id=program_id,
            member_id=member_id,
            version=row[1],
            tier=TierSpan(row[2], _time(row[3]), _time(row[4])),
            due_at=_time(row[5]),
            balances={unit: Balance(posted, held, pending, debt) for unit, posted, held, pending, debt in accounts[member]},
            tier_history=tuple(TierSpan(tier, _time(since), _time(until)) for tier, since, until in tiers[member]),
            counters={name: periods for name, periods in counters[member]},  # noqa: C416 - rows are lists, which dict() would take too
            lots={lot.lot_id: lot for lot in map(_lot, lots[member])},
            lots_read=bool(row[6]),
        )
    return books


def _by_member(rows: Sequence[Sequence[Any]] | None) -> defaultdict[str, list[Sequence[Any]]]:
    grouped: defaultdict[str, list[Sequence[Any]]] = defaultdict(list)
    for row in rows or ():
        grouped[row[0]].append(row[1:])
    return grouped


def _lot(row: Sequence[Any]) -> Lot:
    lot_id, transaction_id, unit, issuer, earned_at, available_at, expires_at, *amounts = row
    return Lot(
        UUID(lot_id),
        UUID(transaction_id),
        unit,
        UUID(issuer),
        datetime.fromisoformat(earned_at),
        datetime.fromisoformat(available_at),
        _time(expires_at),
        *amounts,
    )


def _earlier(request_hash: str | None, member: str | None, transaction: str | None, outcome: dict[str, Any] | None) -> EarlierClaim:
    return EarlierClaim(
        bytes.fromhex(request_hash) if request_hash else None,
        UUID(member) if member else None,
        UUID(transaction) if transaction else None,
        outcome,
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
