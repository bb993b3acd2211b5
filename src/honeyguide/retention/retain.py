"""One round of retention for a program: bounded batches, each its own commit, so that it goes on where it stopped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from honeyguide.audit import Act, Action, Subject, SubjectKind, by_itself, record
from honeyguide.database import Database, statements
from honeyguide.members.call import Call
from honeyguide.members.close_account import close
from honeyguide.members.erase_member import EraseMember, ErasureReason, Forget, erase_member
from honeyguide.programs.periods import add_months
from honeyguide.retention.kept import KEPT
from honeyguide.till.outcomes import Posted

_SQL = statements(__package__, "retention.sql")
_NOBODY = UUID(int=0)
# A round ends; the next one goes on: rows a table, members looked at, members closed or erased.
MOST_BATCHES = 50
MOST_LOOKED_AT = 20_000
MOST_ENDED = 100


@dataclass
class Retention:
    """Runs round after round; `behind` remembers by program how far the look for inactive members has come."""

    forget: Sequence[Forget]
    behind: dict[UUID, UUID] = field(default_factory=dict)

    async def round(self, call: Call) -> Mapping[str, int]:
        """How many rows of what went, and how many members were closed and erased; one act in the trail where anything was."""
        terms = call.applied.program.retention
        gone: dict[str, int] = {}
        for kept in KEPT:
            before = call.now - timedelta(days=kept.days(terms))
            for _ in range(MOST_BATCHES):
                dropped = await kept.drop(call.database.pool, call.program_id, before)
                gone[kept.name] = gone.get(kept.name, 0) + dropped
                if dropped == 0:
                    break
        inactive = terms.inactive_members
        if inactive.close_after_months is not None:
            gone["closed"] = await self._close(call, _months_before(call.now, inactive.close_after_months))
        if inactive.erase_after_months is not None:
            gone["erased"] = await self._erase(call, _months_before(call.now, inactive.erase_after_months))
        gone = {name: count for name, count in gone.items() if count}
        if gone:
            await _kept_in_the_trail(call.database, call.program_id, gone, call.now)
        return gone

    async def _close(self, call: Call, before: datetime) -> int:
        closed = looked_at = 0
        behind = self.behind.get(call.program_id, _NOBODY)
        while looked_at < MOST_LOOKED_AT and closed < MOST_ENDED:
            row = await call.database.pool.fetchrow(_SQL["inactive_members"], call.program_id, behind, MOST_ENDED, before)
            for member_id in row["inactive"]:
                closed += isinstance(await close(call, member_id, None, by=call.caller.subject), Posted)
            looked_at += MOST_ENDED
            behind = row["last"] or _NOBODY
            if row["last"] is None:  # all were looked at; the next round begins anew
                break
        self.behind[call.program_id] = behind
        return closed

    async def _erase(self, call: Call, before: datetime) -> int:
        erased = 0
        for row in await call.database.pool.fetch(_SQL["closed_members"], call.program_id, before, MOST_ENDED):
            request = EraseMember(f"retention-{row['member_id']}", row["member_id"], ErasureReason.RETENTION)
            erased += isinstance(await erase_member(call, request, self.forget), Posted)
        return erased


async def _kept_in_the_trail(database: Database, program_id: UUID, gone: Mapping[str, int], now: datetime) -> None:
    subject = Subject(SubjectKind.PROGRAM, str(program_id))
    await record(database.pool, Act(program_id, now, by_itself("retention"), Action.RETAIN, subject, detail=dict(gone)))


def _months_before(now: datetime, months: int) -> datetime:
    return datetime.combine(add_months(now.date(), -months), now.timetz())
