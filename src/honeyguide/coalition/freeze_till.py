"""An operator freezes a partner, a shop, a cashier or a credential, and ends it: known in every process within a second."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from honeyguide.audit import Act, Action, Subject, SubjectKind, actor_of, record
from honeyguide.caller import Caller
from honeyguide.coalition.freezes import FreezeKind
from honeyguide.database import Connection, Database, Executor, statements
from honeyguide.till.claims import ClaimedBefore, ClaimHasher, claim_or_roll_back
from honeyguide.till.outcomes import KeyConflict

MOST_FREEZES = 1_000
_SQL = statements(__package__, "freezes.sql")
_SUBJECTS = {
    FreezeKind.PARTNER: SubjectKind.PARTNER,
    FreezeKind.LOCATION: SubjectKind.LOCATION,
    FreezeKind.CASHIER: SubjectKind.CASHIER,
    FreezeKind.CREDENTIAL: SubjectKind.CREDENTIAL,
}


@dataclass(frozen=True, slots=True)
class Frozen:
    """What is frozen: the partner, unless a shop, a cashier (of that shop, or of all) or a credential is named."""

    partner_id: UUID
    location: str | None = None
    cashier: str | None = None
    credential: str | None = None

    @property
    def kind(self) -> FreezeKind:
        if self.credential is not None:
            return FreezeKind.CREDENTIAL
        if self.cashier is not None:
            return FreezeKind.CASHIER
        return FreezeKind.LOCATION if self.location is not None else FreezeKind.PARTNER


@dataclass(frozen=True, slots=True)
class FreezeTill:
    idempotency_key: str
    what: Frozen
    reason: str


@dataclass(frozen=True, slots=True)
class UnfreezeTill:
    idempotency_key: str
    what: Frozen
    reason: str


@dataclass(frozen=True, slots=True)
class Freeze:
    """A freeze in force."""

    freeze_id: UUID
    kind: FreezeKind
    partner_id: UUID
    location: str | None
    cashier: str | None
    credential: str | None
    reason: str
    frozen_at: datetime
    frozen_by: str


@dataclass(frozen=True, slots=True)
class FreezeDone:
    """`changed` is False where it was so before."""

    changed: bool
    replayed: bool


async def freeze_till(
    database: Database, caller: Caller, claims: ClaimHasher, request: FreezeTill | UnfreezeTill, now: datetime
) -> FreezeDone | KeyConflict:
    """Either way, under the operator's key (R1); the trail hears of what changed."""
    freezing = isinstance(request, FreezeTill)
    key = claims.key(caller, "freezeTill" if freezing else "unfreezeTill", request)
    try:
        async with database.transaction() as connection:
            change = insert_freeze if freezing else end_freeze
            changed = await change(connection, caller, request.what, request.what.kind, request.reason, now)
            await claim_or_roll_back(connection, caller.program_id, [key], outcome={"changed": changed}, now=now)
            if changed:
                await record(connection, _act(caller, request, Action.FREEZE if freezing else Action.UNFREEZE, now))
            return FreezeDone(changed, replayed=False)
    except ClaimedBefore as claimed:
        return FreezeDone(claimed.earlier.outcome["changed"], replayed=True) if claimed.earlier.same_request else KeyConflict()


async def insert_freeze(connection: Connection, caller: Caller, what: Frozen, kind: FreezeKind, reason: str, now: datetime) -> bool:
    """False where it is frozen already."""
    named = (caller.program_id, uuid7(), kind.value, what.partner_id, what.location, what.cashier, what.credential)
    return await connection.fetchval(_SQL["insert_freeze"], *named, reason, now, caller.scope) is not None


async def end_freeze(connection: Connection, caller: Caller, what: Frozen, kind: FreezeKind, reason: str, now: datetime) -> bool:
    """False where it is not frozen."""
    named = (caller.program_id, what.partner_id, kind.value, what.location, what.cashier, what.credential)
    return await connection.fetchval(_SQL["end_freeze"], *named, now, caller.scope, reason) is not None


async def freezes_in_force(executor: Executor, program_id: UUID) -> list[Freeze]:
    """Newest first; at most MOST_FREEZES."""
    rows = await executor.fetch(_SQL["freezes"], program_id, MOST_FREEZES)
    return [Freeze(**{**row, "kind": FreezeKind(row["kind"])}) for row in rows]


async def drop_freezes(executor: Executor, program_id: UUID, before: datetime, most: int) -> int:
    """How many went of those that ended before; at most `most`."""
    return int(str(await executor.execute(_SQL["drop_freezes"], program_id, before, most)).split()[-1])


def _act(caller: Caller, request: FreezeTill | UnfreezeTill, action: Action, now: datetime) -> Act:
    what = request.what
    key = what.credential or what.cashier or what.location or str(what.partner_id)
    subject = Subject(_SUBJECTS[what.kind], key if key.isprintable() else what.kind.value)
    detail: dict[str, Any] = {"partner": str(what.partner_id), "kind": what.kind.value}
    return Act(program_id=caller.program_id, at=now, actor=actor_of(caller), action=action, subject=subject, detail=detail)
