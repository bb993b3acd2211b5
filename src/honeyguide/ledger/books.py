"""The statements of the books that do not go through the till: opening a member, reading, proving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from honeyguide.database import Connection, Executor, statements
from honeyguide.ledger.holds import Approval, Hold, HoldState
from honeyguide.ledger.recorded import Recorded, TransactionKind

_SQL = statements(__package__, "books.sql")
# The proof reads everything there is.
PROOF_SECONDS = 3_600


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A rule of the books that does not hold, and where."""

    rule: str
    member_id: UUID | None
    detail: str


async def open_member(
    connection: Connection,
    *,
    program_id: UUID,
    member_id: UUID,
    transaction_id: UUID,
    tier: str | None,
    occurred_at: datetime,
    posted_at: datetime,
    program_version: int,
    partner_id: UUID | None,
    location: str | None,
    reference: str | None,
    detail: Mapping[str, Any],
) -> None:
    """Begin a member's books in the caller's transaction: lock row, base tier, the enrolment as version 1."""
    await connection.execute(_SQL["open_standing"], program_id, member_id, tier, occurred_at if tier else None, posted_at)
    if tier is not None:
        await connection.execute(_SQL["record_tier"], program_id, member_id, tier, occurred_at, transaction_id)
    await connection.execute(
        _SQL["record_enrolment"],
        program_id,
        member_id,
        transaction_id,
        partner_id,
        location,
        reference,
        occurred_at,
        posted_at,
        program_version,
        detail,
    )


async def read_transaction(executor: Executor, program_id: UUID, member_id: UUID, transaction_id: UUID) -> Recorded | None:
    row = await executor.fetchrow(_SQL["read_transaction"], program_id, member_id, transaction_id)
    return None if row is None else recorded_of(row)


async def read_transactions(executor: Executor, program_id: UUID, wanted: Sequence[tuple[UUID, UUID]]) -> list[Recorded]:
    """Some transactions, each by its member and its own id; what is not there is left out."""
    columns = [member_id for member_id, _ in wanted], [transaction_id for _, transaction_id in wanted]
    return [recorded_of(row) for row in await executor.fetch(_SQL["read_transactions"], program_id, *columns)] if wanted else []


async def reversals_of(executor: Executor, program_id: UUID, transactions: Sequence[Recorded]) -> dict[UUID, list[Recorded]]:
    """By transaction, what took parts of it back, in the order of posting; what nothing took from is absent."""
    columns = [one.member_id for one in transactions], [one.transaction_id for one in transactions]
    rows = await executor.fetch(_SQL["reversals_of"], program_id, *columns) if transactions else ()
    found: dict[UUID, list[Recorded]] = {}
    for row in rows:
        found.setdefault(row["of_transaction"], []).append(recorded_of(row))
    return found


async def read_hold(executor: Executor, program_id: UUID, member_id: UUID, hold_id: UUID) -> Hold | None:
    """A hold as it stands in the table, without its lots; `state_at` says what it is now."""
    row = await executor.fetchrow(_SQL["read_hold"], program_id, member_id, hold_id)
    return (
        None
        if row is None
        else Hold(**{**row, "state": HoldState(row["state"]), "approval": row["approval"] and Approval(row["approval"])})
    )


async def due_members(executor: Executor, program_id: UUID, now: datetime, limit: int) -> list[tuple[UUID, datetime | None]]:
    """Members at whom something happens by itself, and when their tier ends."""
    return [(row["member_id"], row["tier_until"]) for row in await executor.fetch(_SQL["due_members"], program_id, now, limit)]


async def broken_rows(executor: Executor, program_id: UUID | None = None, limit: int = 1_000) -> list[BrokenRow]:
    """What the conservation view finds in one program or in all; an empty list means that the books are sound."""
    if isinstance(executor, asyncpg.Pool):
        async with executor.acquire() as connection:
            return await broken_rows(connection, program_id, limit)
    proof = executor.transaction()
    await proof.start()
    try:
        await executor.execute(_SQL["plan_no_loops"])
        rows = await executor.fetch(_SQL["broken_rows"], program_id, limit, timeout=PROOF_SECONDS)
    finally:
        await proof.rollback()  # it only read; the caller's own transaction gets its plans back
    return [BrokenRow(row["rule"], row["member_id"], row["detail"]) for row in rows]


async def totals_of(executor: Executor, program_id: UUID, member_ids: Sequence[UUID]) -> dict[str, dict[str, dict[str, int]]]:
    """By unit and kind of account (issued, redeemed, breakage ...): what came to these members, what went, by how many transfers."""
    totals: dict[str, dict[str, dict[str, int]]] = {}
    for row in await executor.fetch(_SQL["totals_of"], program_id, list(member_ids)):
        totals.setdefault(row["unit"], {})[row["kind"]] = {name: row[name] for name in ("came", "went", "transfers")}
    return totals


async def closure_of(executor: Executor, program_id: UUID, member_id: UUID) -> UUID | None:
    """The transaction by which the account was closed."""
    closure: UUID | None = await executor.fetchval(_SQL["closure_of"], program_id, member_id)
    return closure


async def count_transactions(executor: Executor, program_id: UUID | None = None) -> int:
    return int(await executor.fetchval(_SQL["count_transactions"], program_id, timeout=PROOF_SECONDS))


def recorded_of(row: Mapping[str, Any]) -> Recorded:
    """A row of `transaction` as the value that the slices above read."""
    return Recorded(**{**row, "kind": TransactionKind(row["kind"])})
