"""Apply a program file under an idempotency key: a retry hears the first answer, and never that somebody else was faster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from honeyguide.audit import Actor
from honeyguide.database import Database
from honeyguide.programs.apply_program import ProgramChanged, apply_program
from honeyguide.programs.current import Applied
from honeyguide.programs.findings import ProgramInvalid
from honeyguide.programs.program import Program
from honeyguide.till.claims import ClaimedBefore, claim_or_roll_back
from honeyguide.till.intent import Key
from honeyguide.till.outcomes import KeyConflict


@dataclass(frozen=True, slots=True)
class AppliedBefore:
    """This very request was answered before: by this version."""

    version: int


@dataclass(frozen=True, slots=True)
class FileWaits:
    """The file could be in force now, and a second person is to say so; nothing was kept of it."""


ApplyOutcome = Applied | AppliedBefore | FileWaits | ProgramInvalid | ProgramChanged | KeyConflict


async def apply_once(
    database: Database,
    program_id: UUID,
    key: Key,
    *,
    source: str,
    expected_version: int,
    applied_by: Actor,
    approval_id: UUID | None = None,
    waits: Callable[[Program], bool] = lambda _: False,
    now: datetime,
) -> ApplyOutcome:
    """Apply, then claim the key; only what was applied keeps it. A file that `waits` is tried and taken back.

    The key is asked also after a refusal: a retry finds the version raised by itself.
    """
    try:
        async with database.transaction() as connection:
            outcome = await apply_program(
                connection,
                program_id=program_id,
                source=source,
                expected_version=expected_version,
                applied_by=applied_by,
                approval_id=approval_id,
                now=now,
            )
            kept = {"version": outcome.version} if isinstance(outcome, Applied) else None
            await claim_or_roll_back(connection, program_id, [key], outcome=kept, now=now)
            if not isinstance(outcome, Applied):
                raise _NotApplied(outcome)
            if outcome.version == expected_version + 1 and outcome.applied_at == now and waits(outcome.program):
                raise _NotApplied(FileWaits())
            return outcome
    except _NotApplied as reason:
        return reason.refusal
    except ClaimedBefore as claimed:
        earlier = claimed.earlier
        return AppliedBefore(earlier.outcome["version"]) if earlier.same_request and earlier.outcome else KeyConflict()


class _NotApplied(Exception):
    """Carries a refusal out of the transaction, which is rolled back."""

    def __init__(self, refusal: ProgramInvalid | ProgramChanged | FileWaits) -> None:
        self.refusal = refusal
