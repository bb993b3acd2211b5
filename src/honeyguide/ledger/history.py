"""The books at any past instant: what had been posted by then, with every date applied as it was then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from honeyguide.database import Executor, statements
from honeyguide.ledger.member_books import TierSpan

_SQL = statements(__package__, "history.sql")
# It reads all that all members ever did.
LIABILITY_SECONDS = 600


@dataclass(frozen=True, slots=True)
class LotAt:
    """What a lot was worth at an instant, in minor units; of a lot that expires never `expires_at` is None."""

    lot_id: UUID
    issuer: UUID
    earned_at: datetime
    available_at: datetime
    expires_at: datetime | None
    available: int
    pending: int
    held: int


@dataclass(frozen=True, slots=True)
class AccountAt:
    """A balance at an instant, in minor units; `available` is below zero while the member owed."""

    available: int = 0
    held: int = 0
    pending: int = 0
    debt: int = 0
    lots: tuple[LotAt, ...] = ()


@dataclass(frozen=True, slots=True)
class Liability:
    """What a program owed its members of one unit: `outstanding` could be redeemed or was on hold; `debt` is what members owed."""

    outstanding: int
    pending: int
    debt: int


async def account_at(executor: Executor, program_id: UUID, member_id: UUID, unit: str, instant: datetime) -> AccountAt:
    """Nothing before the member enrolled, and of a unit that was never touched."""
    row = await executor.fetchrow(_SQL["account_at"], program_id, member_id, unit, instant)
    if row is None:
        return AccountAt()
    lots = await executor.fetch(_SQL["lots_at_instant"], program_id, member_id, unit, instant)
    return AccountAt(**row, lots=tuple(LotAt(**lot) for lot in lots))


async def tier_at(executor: Executor, program_id: UUID, member_id: UUID, instant: datetime) -> TierSpan | None:
    """None before the member enrolled; the span's tier is None in a program without tiers."""
    row = await executor.fetchrow(_SQL["tier_at"], program_id, member_id, instant)
    return None if row is None else TierSpan(row["tier"], row["since"], row["until"])


async def liability_at(executor: Executor, program_id: UUID, instant: datetime) -> dict[str, Liability]:
    """By unit that anybody had touched by then; one read of every member's books."""
    rows = await executor.fetch(_SQL["liability_at"], program_id, instant, timeout=LIABILITY_SECONDS)
    return {row["unit"]: Liability(row["outstanding"], row["pending"], row["debt"]) for row in rows}
