"""When a member is not to be woken: the own quiet hours or the program's, by the own clock or the program's (R57)."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

from honeyguide.database import Executor
from honeyguide.members import people
from honeyguide.members.contact import Quiet
from honeyguide.members.person import Details, PersonVault
from honeyguide.programs.program import Program


async def quiet_of(executor: Executor, vault: PersonVault, program: Program, program_id: UUID, member_id: UUID) -> Quiet:
    """Of who is erased, the program's."""
    sealed = await people.read_sealed(executor, program_id, member_id)
    return quiet_for(program, Details() if sealed is None else vault.opened(program_id, member_id, sealed))


def quiet_for(program: Program, known: Details) -> Quiet:
    hours = known.quiet_hours or (program.quiet_hours.hours if program.quiet_hours else None)
    return Quiet(hours, ZoneInfo(known.time_zone) if known.time_zone else program.zone)
