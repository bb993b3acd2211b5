"""Reads all that the books hold of one transaction: one typed value a statement of explain.sql."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID, uuid5

from honeyguide.database import Executor, statements
from honeyguide.ledger.accounts import NOBODY
from honeyguide.programs.findings import ProgramInvalid
from honeyguide.programs.program import Program, load

_SQL = statements(__package__, "explain.sql")


@dataclass(frozen=True, slots=True)
class Event:
    """The transaction; `detail` as it was recorded, `tier` as it was decided by, or held, then."""

    program_id: UUID
    member_id: UUID
    transaction_id: UUID
    kind: str
    version: int
    of_transaction: UUID | None
    reference: str | None
    business_date: Any
    amount_minor: int | None
    currency: str | None
    occurred_at: datetime
    posted_at: datetime
    program_version: int
    detail: Mapping[str, Any]
    program_code: str
    program_source: str | None
    program_applied_at: datetime | None
    partner_code: str | None
    partner_name: str | None
    location_name: str | None
    member_number: str | None
    by_member_number: str | None  # who redeemed from the pool of his household
    is_erased: bool
    is_household: bool
    tier: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """A transfer as the member sees it; `against` is the kind of the other account, `partner` whose it is."""

    line: int
    unit: str
    amount: int
    balance_after: int
    against: str
    partner: str | None
    to_member: bool


@dataclass(frozen=True, slots=True)
class LotMoved:
    lot_id: UUID
    what: str
    amount: int
    unit: str
    earned_at: datetime
    made_by: UUID
    issuer: str | None


@dataclass(frozen=True, slots=True)
class LotNow:
    """A lot that the transaction made, as it is today; issued is the sum of the other amounts."""

    lot_id: UUID
    unit: str
    issued: int
    pending: int
    open: int
    held: int
    burned: int
    expired: int
    clawed: int
    moved: int
    available_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Later:
    """A move of such a lot by a later transaction."""

    lot_id: UUID
    what: str
    amount: int
    transaction_id: UUID
    kind: str
    posted_at: datetime
    partner: str | None


@dataclass(frozen=True, slots=True)
class Related:
    transaction_id: UUID
    kind: str
    posted_at: datetime
    detail: Mapping[str, Any]
    partner: str | None
    is_origin: bool


@dataclass(frozen=True, slots=True)
class Explained:
    """`program` is the version that decided it; None where this release reads that file no more."""

    event: Event
    program: Program | None
    lines: tuple[Line, ...]
    moves: tuple[LotMoved, ...]
    lots: tuple[LotNow, ...]
    later: tuple[Later, ...]
    related: tuple[Related, ...]
    balances: Mapping[str, int]
    tiers: tuple[tuple[str | None, datetime, datetime | None], ...]

    @property
    def is_anonymous(self) -> bool:
        return self.event.member_id == NOBODY


Value = TypeVar("Value")


async def find_transaction(executor: Executor, transaction_id: UUID) -> tuple[UUID, UUID] | None:
    """The program and the member of a transaction; None where there is none of this id."""
    row = await executor.fetchrow(_SQL["find_transaction"], transaction_id)
    return (row["program_id"], row["member_id"]) if row else None


async def read_explained(executor: Executor, program_id: UUID, member_id: UUID, transaction_id: UUID) -> Explained | None:
    key = (program_id, member_id, transaction_id)
    row = await executor.fetchrow(_SQL["transaction"], *key)
    if row is None:
        return None
    event = _value(Event, row)
    return Explained(
        event=event,
        program=_program(event.program_source),
        lines=await _values(executor, "transfers", Line, *key),
        moves=await _values(executor, "moves", LotMoved, *key),
        lots=await _values(executor, "lots", LotNow, *key),
        later=await _values(executor, "afterwards", Later, *key),
        related=(
            *await _values(executor, "related", Related, *key, event.of_transaction),
            *await _other_side(executor, event),
            *await _exchanged(executor, event),
        ),
        balances={
            row["unit"]: row["balance_after"] for row in await executor.fetch(_SQL["balances"], program_id, member_id, event.version)
        },
        tiers=tuple((row["tier"], row["since"], row["until"]) for row in await executor.fetch(_SQL["tiers"], *key)),
    )


async def _other_side(executor: Executor, event: Event) -> tuple[Related, ...]:
    """Points that change hands are two transactions, each of one member."""
    other, side = event.detail.get("to") or event.detail.get("from"), event.detail.get("other_side")
    if event.kind not in ("TRANSFER", "MERGE", "UNMERGE") or other is None:
        return ()
    arguments = (event.program_id, UUID(other), UUID(side) if side else None, str(event.transaction_id))
    return await _values(executor, "other_side", Related, *arguments)


async def _exchanged(executor: Executor, event: Event) -> tuple[Related, ...]:
    """An exchange and the returns of its receipt are decided together: their ids follow from the exchange's (exchange_intent)."""
    if event.kind not in ("PURCHASE", "REVERSAL"):
        return ()
    arguments = (event.program_id, event.member_id, event.posted_at, event.occurred_at, event.kind)
    rows = await executor.fetch(_SQL["beside"], *arguments)
    return tuple(_value(Related, row) for row in rows if _is_exchange(event, row))


def _is_exchange(event: Event, row: Mapping[str, Any]) -> bool:
    sold, back = (
        (event.transaction_id, row["transaction_id"]) if event.kind == "PURCHASE" else (row["transaction_id"], event.transaction_id)
    )
    of_transaction = row["of_transaction"] if event.kind == "PURCHASE" else event.of_transaction
    return bool(back == uuid5(sold, str(of_transaction or "unmatched")))


async def _values(executor: Executor, statement: str, kind: type[Value], *arguments: Any) -> tuple[Value, ...]:
    return tuple(_value(kind, row) for row in await executor.fetch(_SQL[statement], *arguments))


def _value(kind: type[Value], row: Mapping[str, Any]) -> Value:
    return kind(**{field.name: row[field.name] for field in fields(kind)})  # type: ignore[arg-type]


def _program(source: str | None) -> Program | None:
    program = load(source) if source else None
    return None if isinstance(program, ProgramInvalid) else program
