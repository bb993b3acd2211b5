"""The review queue as it is stored: one typed function a statement of review.sql."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from honeyguide.database import Connection, Executor, Section, statements
from honeyguide.ledger.recorded import Recorded
from honeyguide.till.intent import Key, Reference

_SQL = statements(__package__, "review.sql")


class ParkedDecision(StrEnum):
    POST = "POST"
    REJECT = "REJECT"


@dataclass(frozen=True, slots=True)
class ParkedPost:
    """A post that waits, or waited; `purchase` is what was sent."""

    parked_id: UUID
    member_id: UUID
    partner_id: UUID
    location: str | None
    reference: str
    business_date: date
    reason: str
    occurred_at: datetime
    received_at: datetime
    purchase: Mapping[str, Any]
    key: str | None
    key_scope: str | None
    decision: str | None
    decided_by: str | None
    decided_at: datetime | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Which parked posts are meant; None = all; `until` leaves out what was parked later."""

    partner_id: UUID | None = None
    reason: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ByWhom:
    """Who decides, why and when; `name` as in the audit trail."""

    name: str
    note: str
    at: datetime


async def parked_posts(executor: Executor, program_id: UUID, section: Section, which: Waiting | None = None) -> list[ParkedPost]:
    """What waits, oldest first by (received_at, parked_id)."""
    which = which or Waiting()
    given = (program_id, which.partner_id, which.reason, which.until, section.limit)
    rows = await executor.fetch(section.of(_SQL["parked_posts"]), *given, *section.keys(2))
    return [ParkedPost(**row) for row in rows]


async def parked_post(executor: Executor, program_id: UUID, member_id: UUID, parked_id: UUID) -> ParkedPost | None:
    row = await executor.fetchrow(_SQL["parked_post"], program_id, member_id, parked_id)
    return None if row is None else ParkedPost(**row)


async def count_parked(executor: Executor, program_id: UUID, partner_id: UUID, reason: str | None, most: int) -> int:
    return int(await executor.fetchval(_SQL["count_parked"], program_id, partner_id, reason, most))


async def unsettled(executor: Executor, program_id: UUID, before: datetime, limit: int) -> list[ParkedPost]:
    return [ParkedPost(**row) for row in await executor.fetch(_SQL["unsettled"], program_id, before, limit)]


async def decide(connection: Connection, program_id: UUID, parked: ParkedPost, decision: ParkedDecision, by: ByWhom) -> bool:
    """Pin the decision; False where there is one."""
    names = (program_id, parked.member_id, parked.parked_id)
    return await connection.fetchval(_SQL["decide"], *names, decision.value, by.name, by.at, by.note) is not None


async def leave_undecided(executor: Executor, program_id: UUID, parked: ParkedPost) -> None:
    await executor.execute(_SQL["leave_undecided"], program_id, parked.member_id, parked.parked_id)


async def settle(connection: Connection, program_id: UUID, parked: ParkedPost, posted: Recorded | None, now: datetime) -> str | None:
    """It is carried out; who decided, or None where it was carried out before."""
    names = (program_id, parked.member_id, parked.parked_id)
    member_id, transaction_id = (posted.member_id, posted.transaction_id) if posted else (None, None)
    decided_by: str | None = await connection.fetchval(_SQL["settle"], *names, now, member_id, transaction_id)
    return decided_by


async def outcome_of(executor: Executor, program_id: UUID, parked: ParkedPost) -> tuple[UUID, UUID] | None:
    """Whose transaction it became, and which; None where it became none."""
    row = await executor.fetchrow(_SQL["outcome_of"], program_id, parked.member_id, parked.parked_id)
    return None if row is None else (row["transaction_member"], row["transaction_id"])


async def lock_standing(connection: Connection, program_id: UUID, member_id: UUID) -> None:
    await connection.execute(_SQL["lock_standing"], program_id, member_id)


async def refuse_claims(connection: Connection, program_id: UUID, claims: tuple[Key, Reference], outcome: Mapping[str, Any]) -> int:
    """How many of the two told so far that it is parked."""
    return int(await connection.fetchval(_SQL["refuse_claims"], program_id, *_columns(claims), outcome))


async def give_claims(connection: Connection, program_id: UUID, claims: tuple[Key, Reference], posted: Recorded) -> None:
    await connection.execute(_SQL["give_claims"], program_id, *_columns(claims), posted.member_id, posted.transaction_id)


async def forget_key(executor: Executor, program_id: UUID, key: Key) -> None:
    await executor.execute(_SQL["forget_key"], program_id, key.key, key.scope)


def _columns(claims: tuple[Key, Reference]) -> tuple[list[str], list[str]]:
    return [claim.key for claim in claims], [claim.scope for claim in claims]
