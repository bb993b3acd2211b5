"""A guardian agrees that a young person is a member, and may consent for him (R57)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from honeyguide.database import Database
from honeyguide.members import people
from honeyguide.members.person import Guardian, PersonVault
from honeyguide.members.set_consent import ConsentWish, wished
from honeyguide.programs.current import Applied


async def confirm_guardian(
    database: Database, vault: PersonVault, applied: Applied, member_id: UUID, email: str, consents: Sequence[ConsentWish], now: datetime
) -> bool:
    """Whether this address is the member's guardian's; the second time changes nothing. The caller has proved the address.

    Raises LookupError for a purpose that the program does not have.
    """
    said = wished(applied.program, consents, now, "GUARDIAN")
    if isinstance(said, str):
        raise LookupError("no such purpose")
    async with database.transaction() as connection:
        person = await people.lock_person(connection, applied.program_id, member_id)
        if person is None or person.status.is_over:
            return False
        details = vault.opened(applied.program_id, member_id, person.sealed)
        if details.guardian is None or details.guardian.email != email:
            return False
        if details.waits_for_guardian:
            agreed = vault.sealed(applied.program_id, member_id, replace(details, guardian=Guardian(email, now)))
            await people.write_person(connection, applied.program_id, member_id, person.display_name, agreed)
            await people.insert_consents(connection, applied.program_id, member_id, said)
    return True
