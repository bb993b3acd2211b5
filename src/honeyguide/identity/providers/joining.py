"""A person who signs in at a provider is a member we know, is linked to one, or becomes one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from honeyguide.database import Connection, Database
from honeyguide.identity.providers import store
from honeyguide.identity.providers.claims import Person
from honeyguide.identity.providers.erased import ErasedSignIns
from honeyguide.identity.providers.provider import LinksBy, Provider
from honeyguide.members import endings
from honeyguide.members import store as members
from honeyguide.members.identifiers import IdentifierKind
from honeyguide.members.joining import Joining, NotJoined, checked_joining
from honeyguide.members.locale import checked_locale
from honeyguide.members.new_member import fresh_member_id, join_alone
from honeyguide.members.person import PersonVault
from honeyguide.members.store import Identifier, MemberStatus
from honeyguide.programs.current import Programs

SOURCE = "APP"
_ROUNDS = 3  # of looking again, when somebody else was quicker


@dataclass(frozen=True, slots=True)
class Members:
    """Where a provider's persons are looked up and let in."""

    database: Database
    programs: Programs
    erased: ErasedSignIns
    vault: PersonVault

    async def member_of(self, provider: Provider, person: Person, now: datetime) -> UUID | None:
        """The member, after merges; None for who is nobody here, or no longer. Raises what the database raises."""
        subjects = [person.subject, *self.erased.names(provider.issuer, person.subject)]
        for _ in range(_ROUNDS):
            known = await store.signed_in(self.database.pool, provider.program_id, provider.issuer, subjects)
            if known is not None:
                return await self._alive(provider.program_id, known)
            owner = await self._owner(provider, person)
            if owner is not None and not await self._is_taken(provider, owner):
                if owner.status is not MemberStatus.ACTIVE:
                    return None  # frozen: neither a way in nor a second membership beside it
                await store.link_sign_in(self.database.pool, provider.program_id, provider.issuer, person.subject, owner.member_id, now)
            elif not provider.options.enrols or not await self._enrol(provider, person, now):
                return None
        return None

    async def _alive(self, program_id: UUID, member_id: UUID) -> UUID | None:
        survivor = await endings.survivor_of(self.database.pool, program_id, member_id)
        return None if survivor is None or survivor.status.is_over else survivor.member_id

    async def _owner(self, provider: Provider, person: Person) -> endings.Survivor | None:
        """Whose the verified e-mail address is, where the provider may link by it."""
        if provider.options.links_by is not LinksBy.VERIFIED_EMAIL or person.email is None:
            return None
        pool, program_id = self.database.pool, provider.program_id
        owner = await members.owner_of_identifiers(pool, program_id, [Identifier(IdentifierKind.EMAIL, person.email)])
        survivor = None if owner is None else await endings.survivor_of(pool, program_id, owner)
        return None if survivor is None or survivor.status.is_over else survivor

    async def _is_taken(self, provider: Provider, owner: endings.Survivor) -> bool:
        """Another subject of the issuer is this person already: an address that moved on must not open the account."""
        pool, program_id = self.database.pool, provider.program_id
        person = (owner.member_id, *await endings.merged_into(pool, program_id, owner.member_id))
        return await store.has_sign_in(pool, program_id, provider.issuer, person)

    async def _enrol(self, provider: Provider, person: Person, now: datetime) -> bool:
        """A new member at first sight, unless another request was quicker; False for who is too young, or does not say how old."""
        applied = self.programs.current(provider.program_id)
        joined = checked_joining(applied.program, Joining(person.name, person.birth_date), SOURCE, now)
        if isinstance(joined, NotJoined):
            return False
        async with self.database.transaction() as connection:
            member_id = fresh_member_id()
            if await store.link_sign_in(connection, provider.program_id, provider.issuer, person.subject, member_id, now):
                names = await _own(connection, provider.program_id, member_id, person.email)
                locale = (checked_locale(person.locale) if person.locale else None) or applied.program.default_locale
                await join_alone(connection, applied, self.vault, member_id, names, locale, joined, now)
        return True


async def _own(connection: Connection, program_id: UUID, member_id: UUID, email: str | None) -> Collection[Identifier]:
    """The address, if it was nobody's: one that somebody has names that one, whatever a provider says."""
    names = [Identifier(IdentifierKind.EMAIL, email)] if email is not None else []
    return await members.insert_identifiers(connection, program_id, member_id, names)
