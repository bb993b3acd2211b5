"""What the database answered: who holds the claims already, and the books of each member."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

from honeyguide.ledger.holds import Approval, Hold, HoldState
from honeyguide.ledger.lots import Lot, Move
from honeyguide.ledger.member_books import Balance, MemberBooks, Past, PastMove, TierSpan


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
    names = ("accounts", "tiers", "counters", "lots", "holds", "past", "expired", "frozen")
    accounts, tiers, counters, lots, holds, past, expired, frozen = (_by_member(body[name]) for name in names)
    books = {}
    for row in body["members"] or ():
        member = row[0]
        member_id = UUID(member)
        balances = {
            unit: Balance(posted, held, pending, debt, _time(lasts)) for unit, posted, held, pending, debt, lasts in accounts[member]
        }
        books[member_id] = MemberBooks(
            program_id=program_id,
            member_id=member_id,
            version=row[1],
            tier=TierSpan(row[2], _time(row[3]), _time(row[4]), _time(row[5])),
            closed_at=_time(row[6]),
            due_at=_time(row[7]),
            balances=balances,
            tier_history=tuple(TierSpan(tier, _time(since), _time(until)) for tier, since, until in tiers[member]),
            counters={name: periods for name, periods in counters[member]},  # noqa: C416 - rows are lists, which dict() would take too
            lots={lot.lot_id: lot for lot in (_lot(row, balances) for row in lots[member])},
            holds={hold.hold_id: hold for hold in map(_hold, holds[member])},
            past=dict(map(_past, past[member])),
            expired_lately={UUID(lot_id): int(amount) for lot_id, amount in expired[member]},
            frozen=frozenset(UUID(burner) for (burner,) in frozen[member]),
            lots_read=bool(row[8]),
            year_begins_on=date.fromisoformat(row[9]) if row[9] else None,
        )
    return books


def _by_member(rows: Sequence[Sequence[Any]] | None) -> defaultdict[str, list[Sequence[Any]]]:
    grouped: defaultdict[str, list[Sequence[Any]]] = defaultdict(list)
    for row in rows or ():
        grouped[row[0]].append(row[1:])
    return grouped


def _lot(row: Sequence[Any], balances: Mapping[str, Balance]) -> Lot:
    lot_id, transaction_id, unit, issuer, earned_at, available_at, date, *amounts = row  # and last whether it rolls
    expires_at = _time(date)
    lasts_until = balances[unit].lasts_until if amounts[-1] and unit in balances else None
    return Lot(
        UUID(lot_id),
        UUID(transaction_id),
        unit,
        UUID(issuer),
        datetime.fromisoformat(earned_at),
        datetime.fromisoformat(available_at),
        max(expires_at, lasts_until) if expires_at and lasts_until else expires_at,
        *amounts,
    )


def _hold(row: Sequence[Any]) -> Hold:
    hold_id, unit, amount, captured, state, partner_id, location, proof, authorised_at, expires_at, settled_by, *rest = row
    counter_name, counter_period, approval, lots = rest
    return Hold(
        UUID(hold_id),
        unit,
        amount,
        UUID(partner_id),
        location,
        proof,
        datetime.fromisoformat(authorised_at),
        datetime.fromisoformat(expires_at),
        captured,
        HoldState(state),
        UUID(settled_by) if settled_by else None,
        counter_name,
        counter_period,
        Approval(approval) if approval else None,
        tuple((UUID(lot_id), pinned) for lot_id, pinned in lots),
    )


def _past(row: Sequence[Any]) -> tuple[UUID, Past]:
    transaction_id, reversals, moves = row
    return UUID(transaction_id), Past(tuple(reversals), tuple(PastMove(UUID(of), UUID(lot), Move(what), n) for of, lot, what, n in moves))


def _earlier(request_hash: str | None, member: str | None, transaction: str | None, outcome: dict[str, Any] | None) -> EarlierClaim:
    return EarlierClaim(
        bytes.fromhex(request_hash) if request_hash else None,
        UUID(member) if member else None,
        UUID(transaction) if transaction else None,
        outcome,
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
