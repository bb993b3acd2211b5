"""Lays a decided batch out as the row types that `till_write` takes: one list of rows for each table."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from honeyguide.ledger.accounts import NOBODY, AccountKind, member_account
from honeyguide.ledger.holds import Hold
from honeyguide.ledger.lots import Lot
from honeyguide.ledger.member_books import MemberBooks
from honeyguide.ledger.posting import Posting
from honeyguide.ledger.recorded import Recorded
from honeyguide.till.batch import ClaimKey, Decided
from honeyguide.till.intent import Intent

Row = dict[str, Any]


def claim_rows(program_id: UUID, intents: Iterable[Intent], now: datetime) -> list[Row]:
    """All keys and references of a batch, each once; whoever comes first in the batch owns it."""
    claims: dict[ClaimKey, Row] = {}
    for intent in intents:
        for claim in (intent.key, intent.reference):
            if claim is not None:
                claims.setdefault((claim.key, claim.scope), _claim_row(program_id, claim.key, claim.scope, intent, now))
        if intent.key is not None:
            row = claims[(intent.key.key, intent.key.scope)]
            row["request_hash"] = row["request_hash"] or intent.key.request_hash
    return list(claims.values())


def write_rows(program_id: UUID, decided: Decided, known_accounts: Container[UUID], now: datetime) -> list[list[Row]]:
    """The arguments of `till_write` after the program, in its order."""
    new_lots, changed_lots = _lot_rows(program_id, decided)
    return [
        _system_account_rows(program_id, decided.postings, known_accounts),
        [_transaction_row(posting.recorded) for posting in decided.postings],
        [row for posting in decided.postings for row in _transfer_rows(posting)],
        new_lots,
        changed_lots,
        [row for posting in decided.postings for row in _move_rows(posting)],
        _account_rows(decided),
        _hold_rows(program_id, decided),
        _counter_rows(decided),
        [_tier_row(posting) for posting in decided.postings if posting.tier is not None],
        _standing_rows(decided, now),
        [*_refused_rows(program_id, decided), *_reassigned_rows(program_id, decided)],
        [{"program_id": program_id, "key": key, "scope": scope} for key, scope in decided.released],
    ]


def _claim_row(program_id: UUID, key: str, scope: str, intent: Intent, now: datetime) -> Row:
    return {
        "program_id": program_id,
        "key": key,
        "scope": scope,
        "request_hash": None,
        "member_id": intent.member_id,
        "transaction_id": intent.transaction_id,
        "outcome": None,
        "claimed_at": now,
    }


def _system_account_rows(program_id: UUID, postings: Sequence[Posting], known: Container[UUID]) -> list[Row]:
    """The accounts that stand against the members' own; written once, then known to the process."""
    rows: dict[UUID, Row] = {}
    for posting in postings:
        for transfer, other in zip(posting.transfers, posting.others, strict=True):
            if other.account_id not in known:
                rows[other.account_id] = {
                    "program_id": program_id,
                    "member_id": NOBODY,
                    "account_id": other.account_id,
                    "unit": transfer.unit,
                    "kind": other.kind.value,
                    "owner": other.owner,
                    **_NO_BALANCE,
                }
    return list(rows.values())


def _transaction_row(recorded: Recorded) -> Row:
    return {name: getattr(recorded, name) for name in _TRANSACTION_COLUMNS}


def _transfer_rows(posting: Posting) -> Iterable[Row]:
    ids = _ids(posting.recorded)
    for line, transfer in enumerate(posting.transfers, start=1):
        yield {
            **ids,
            "line": line,
            "unit": transfer.unit,
            "debit": transfer.debit,
            "credit": transfer.credit,
            "amount": transfer.amount,
            "balance_after": transfer.balance_after,
        }


def _move_rows(posting: Posting) -> Iterable[Row]:
    ids = _ids(posting.recorded)
    for move in posting.moves:
        yield {**ids, "lot_id": move.lot_id, "what": move.what.value, "amount": move.amount}


def _ids(recorded: Recorded) -> Row:
    return {"program_id": recorded.program_id, "member_id": recorded.member_id, "transaction_id": recorded.transaction_id}


def _lot_rows(program_id: UUID, decided: Decided) -> tuple[list[Row], list[Row]]:
    """New lots, and lots that were there before; both as they stand after the whole batch."""
    new = {lot_id for posting in decided.postings for lot_id in posting.new_lots}
    touched = {(posting.recorded.member_id, move.lot_id) for posting in decided.postings for move in posting.moves}
    rows: tuple[list[Row], list[Row]] = ([], [])
    for member_id, lot_id in touched:
        books = decided.books[member_id]
        lot = books.lots[lot_id]
        row = {"program_id": program_id, "member_id": member_id, **{name: getattr(lot, name) for name in _LOT_COLUMNS}}
        if lot_id not in new and lot.rolls and lot.expires_at == books.balance(lot.unit).lasts_until:
            row["expires_at"] = None  # the whole balance's date, which the account keeps; the lot's own stays
        rows[lot_id not in new].append(row)
    return rows


def _account_rows(decided: Decided) -> list[Row]:
    touched = {(posting.recorded.member_id, unit) for posting in decided.postings for unit in posting.units}
    rows = []
    for member_id, unit in touched:
        books = decided.books[member_id]
        balance = books.balance(unit)
        rows.append(
            {
                "program_id": books.program_id,
                "member_id": member_id,
                "account_id": member_account(books.program_id, member_id, unit),
                "unit": unit,
                "kind": AccountKind.MEMBER.value,
                "owner": member_id,
                "posted": balance.posted,
                "held": balance.held,
                "pending": balance.pending,
                "debt": balance.debt,
                "lasts_until": balance.lasts_until,
            }
        )
    return rows


def _hold_rows(program_id: UUID, decided: Decided) -> list[Row]:
    """Holds placed or settled, as they stand after the whole batch."""
    settled = {(posting.recorded.member_id, hold_id) for posting in decided.postings for hold_id in posting.holds}
    return [
        {
            "program_id": program_id,
            "member_id": member_id,
            **{name: getattr(decided.books[member_id].holds[hold_id], name) for name in _HOLD_COLUMNS},
        }
        for member_id, hold_id in settled
    ]


def _counter_rows(decided: Decided) -> list[Row]:
    touched = {(posting.recorded.member_id, counter) for posting in decided.postings for counter in posting.counters}
    return [
        {
            "program_id": decided.books[member_id].program_id,
            "member_id": member_id,
            "name": name,
            "period": period,
            "value": decided.books[member_id].counter(name, period),
        }
        for member_id, (name, period) in touched
    ]


def _tier_row(posting: Posting) -> Row:
    tier, recorded = posting.tier, posting.recorded
    assert tier is not None
    return {**_ids(recorded), "version": recorded.version, "tier": tier.tier, "since": tier.since, "until": tier.until}


def _standing_rows(decided: Decided, now: datetime) -> list[Row]:
    members = decided.redated.union(posting.recorded.member_id for posting in decided.postings)
    return [_standing_row(decided.books[member_id], now) for member_id in members]


def _standing_row(books: MemberBooks, now: datetime) -> Row:
    return {
        "program_id": books.program_id,
        "member_id": books.member_id,
        "version": books.version,
        "tier": books.tier.tier,
        "tier_since": books.tier.since,
        "tier_until": books.tier.until,
        "due_at": books.due_at,
        "warn_at": books.tier.warn_at,
        "changed_at": now,
        "closed_at": books.closed_at,
        "year_begins_on": books.year_begins_on,
    }


def _refused_rows(program_id: UUID, decided: Decided) -> Iterable[Row]:
    for (key, scope), refusal in decided.refused.items():
        outcome = {"code": refusal.code, "data": dict(refusal.data)}
        yield {"program_id": program_id, "key": key, "scope": scope, "outcome": outcome}


def _reassigned_rows(program_id: UUID, decided: Decided) -> Iterable[Row]:
    for (key, scope), recorded in decided.reassigned.items():
        yield {**_ids(recorded), "key": key, "scope": scope}


_TRANSACTION_COLUMNS = tuple(field.name for field in fields(Recorded))
_LOT_COLUMNS = tuple(field.name for field in fields(Lot))
_HOLD_COLUMNS = tuple(field.name for field in fields(Hold) if field.name != "lots")  # its lot moves say which
_NO_BALANCE = {"posted": 0, "held": 0, "pending": 0, "debt": 0, "lasts_until": None}
