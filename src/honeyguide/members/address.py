"""How a member is reached: an anonymous one gets an address, another one a new one; whoever calls has proved that it is his."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from honeyguide.database import Connection, Executor, statements
from honeyguide.members import store
from honeyguide.members.identifiers import IdentifierKind
from honeyguide.members.joining import Joined
from honeyguide.members.people import insert_consents
from honeyguide.members.person import PersonVault
from honeyguide.members.store import Identifier, MemberStatus

_SQL = statements(__package__, "addresses.sql")
_WRITE = {IdentifierKind.EMAIL: "write_email", IdentifierKind.PHONE: "write_phone"}


class Attached(StrEnum):
    DONE = "DONE"
    TAKEN = "TAKEN"  # somebody else's; the caller's answer must not tell
    OVER = "OVER"  # the membership has ended
    FROZEN = "FROZEN"  # somebody else may be at it: nothing changes of what the member proves himself by
    KNOWN = "KNOWN"  # not anonymous


@dataclass(frozen=True, slots=True)
class Address:
    status: MemberStatus
    locale: str
    email: str | None = field(repr=False)
    phone: str | None = field(repr=False)

    @property
    def is_anonymous(self) -> bool:
        """Nobody knows who this is: the card is all there is."""
        return self.email is None and self.phone is None and self.status is MemberStatus.ACTIVE


async def read_address(executor: Executor, program_id: UUID, member_id: UUID) -> Address | None:
    row = await executor.fetchrow(_SQL["read_address"], program_id, member_id)
    return None if row is None else Address(MemberStatus(row["status"]), row["locale"], row["email"], row["phone"])


async def attach_email(connection: Connection, program_id: UUID, member_id: UUID, email: str) -> tuple[Attached, str | None]:
    """And the address of before, which names the member no longer."""
    found = await connection.fetchrow(_SQL["lock_address"], program_id, member_id)
    if found is None or MemberStatus(found["status"]).is_over:
        return Attached.OVER, None
    if MemberStatus(found["status"]) is MemberStatus.FROZEN:
        return Attached.FROZEN, None
    before: str | None = found["email"]
    if before == email:
        return Attached.DONE, before
    if not await _name(connection, program_id, member_id, Identifier(IdentifierKind.EMAIL, email)):
        return Attached.TAKEN, None
    if before is not None:
        await connection.execute(_SQL["release_address"], program_id, member_id, IdentifierKind.EMAIL, before)
    return Attached.DONE, before


async def identify_anonymous(connection: Connection, program_id: UUID, member_id: UUID, names: Sequence[Identifier]) -> Attached:
    """At a till: DONE where the anonymous member has these names now; else nothing changes. TAKEN: one of them is somebody's."""
    found = await connection.fetchrow(_SQL["lock_address"], program_id, member_id)
    if found is None or MemberStatus(found["status"]).is_over:
        return Attached.OVER
    if MemberStatus(found["status"]) is MemberStatus.FROZEN:
        return Attached.FROZEN
    if found["email"] is not None or found["phone"] is not None:
        return Attached.KNOWN
    inserted = await store.insert_identifiers(connection, program_id, member_id, names)
    if len(inserted) < len(names):
        for name in inserted:
            await connection.execute(_SQL["release_address"], program_id, member_id, name.kind, name.value)
        return Attached.TAKEN
    for name in names:
        await connection.execute(_SQL[_WRITE[name.kind]], program_id, member_id, name.value)
    return Attached.DONE


async def complete_person(connection: Connection, vault: PersonVault | None, program_id: UUID, member_id: UUID, joined: Joined) -> None:
    """What a till sent along with the names of an anonymous member is kept; what he has said himself stays."""
    sealed = joined.sealed(vault, program_id, member_id)
    values = (joined.display_name, sealed.get("birth_date"), sealed.get("guardian"))
    await connection.execute(_SQL["complete_person"], program_id, member_id, *values)
    await insert_consents(connection, program_id, member_id, joined.consents)


async def _name(connection: Connection, program_id: UUID, member_id: UUID, name: Identifier) -> bool:
    """Whether the name is this member's now."""
    inserted = await store.insert_identifiers(connection, program_id, member_id, [name])
    if not inserted and await store.owner_of_identifiers(connection, program_id, [name]) != member_id:
        return False
    await connection.execute(_SQL[_WRITE[name.kind]], program_id, member_id, name.value)
    return True
