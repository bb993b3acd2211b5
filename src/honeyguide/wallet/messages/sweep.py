"""The worker's part: walk over all who hold passes, write what they are due, and take off what ended; any number of workers may."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from asyncpg import Record

from honeyguide.database import Database
from honeyguide.members.contact import Consent
from honeyguide.members.person import COLUMNS, PersonVault
from honeyguide.members.quiet import quiet_for
from honeyguide.members.store import MemberStatus
from honeyguide.programs.current import Applied
from honeyguide.programs.program import Program
from honeyguide.quantities import to_minor
from honeyguide.wallet.faces.card import last_day
from honeyguide.wallet.messages import store
from honeyguide.wallet.messages.decide import Holder, Risk, Written, decide
from honeyguide.wallet.messages.words import worded

# A walk begins no sooner after the one before; a round reads so many holders and takes so many ended messages off.
WALK_EVERY = timedelta(minutes=15)
_ROUND = 2_000
_BATCH = 250


async def sweep_messages(database: Database, vault: PersonVault, applied: Applied, now: datetime) -> None:
    """One bounded round; a killed worker's goes on where it stopped, and what was written twice is written once."""
    program_id, pool = applied.program_id, database.pool
    for member_id, message_id in await store.ended_messages(pool, program_id, now, _ROUND):
        await store.end_messages(pool, program_id, member_id, [message_id], now)
    if not any(applied.program.pass_messages.kinds()):
        return
    for _ in range(_ROUND // _BATCH):
        after = await store.find_walk(pool, program_id, now, now - WALK_EVERY)
        if after is None:
            return
        rows = await _holders(database, applied, after, now)
        for row in rows:
            await _tell(database, vault, applied, row, now)
        await store.move_walk(pool, program_id, after, rows[-1]["member_id"] if rows else after, done=len(rows) < _BATCH)


async def _holders(database: Database, applied: Applied, after: UUID, now: datetime) -> Sequence[Record]:
    messages = applied.program.pass_messages
    expiring, away = messages.points_expire, messages.win_back
    units = (expiring.unit if expiring else None, away.unit if away else None)
    until = now + timedelta(days=expiring.days_before if expiring else 0)
    return await store.holders(database.pool, applied.program_id, after, _BATCH, now, units, until)


async def _tell(database: Database, vault: PersonVault, applied: Applied, row: Record, now: datetime) -> None:
    if row["status"] != MemberStatus.ACTIVE:
        return
    program = applied.program
    decided = decide(program.pass_messages, _holder(vault, applied, row), now, enough=_enough(program))
    if decided.over:
        await store.end_messages(database.pool, applied.program_id, row["member_id"], decided.over, now)
    for due in decided.due:
        await store.write_message(database.pool, applied.program_id, row["member_id"], due, worded(program, due), now)


def _enough(program: Program) -> int:
    """The least worth a message before it expires, in minor units."""
    terms = program.pass_messages.points_expire
    return to_minor(terms.at_least, program.decimals(terms.unit)) if terms is not None and terms.at_least else 1


def _holder(vault: PersonVault, applied: Applied, row: Record) -> Holder:
    sealed = {column: row[column] for column in COLUMNS}
    known = vault.opened(applied.program_id, row["member_id"], sealed)
    quiet = quiet_for(applied.program, known)
    moments = [(datetime.fromisoformat(moment), quantity) for moment, quantity in row["expiring"] or ()]
    return Holder(
        member_id=row["member_id"],
        enrolled_at=row["enrolled_at"],
        active_at=row["active_at"],
        tier=row["tier"],
        tier_until=row["tier_until"],
        quiet=quiet,
        consents={} if known.waits_for_guardian else dict(_consents(row)),
        expiring=tuple((moment, last_day(moment, quiet.zone), quantity) for moment, quantity in moments),
        balance=row["balance"] or 0,
        risk=_risk(row["warned"]),
        written=tuple(
            Written(UUID(one), kind, occasion, datetime.fromisoformat(at), shown) for one, kind, occasion, at, shown in row["written"] or ()
        ),
    )


def _consents(row: Record) -> Iterator[tuple[str, Consent]]:
    """The newest of each purpose; who asked for it and when is not asked here."""
    for purpose, given in row["consents"] or ():
        yield purpose, Consent(purpose, given, row["enrolled_at"], "", 0)


def _risk(detail: Mapping[str, Any] | None) -> Risk | None:
    if detail is None:
        return None
    missing = {way["metric"]: way["remaining"] for way in detail["ways"] if way["remaining"]}
    return Risk(detail["tier"], detail["drops_to"], datetime.fromisoformat(detail["until"]), missing)
