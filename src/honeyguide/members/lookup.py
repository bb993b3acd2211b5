"""Turns what a till, a scanner or an operator has into members: up to 500 lookups in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from honeyguide.database import Executor
from honeyguide.encryption import Cipher
from honeyguide.members import store
from honeyguide.members.handle import HandlePlace, open_handle
from honeyguide.members.identifiers import IdentifierKind, normal_identifier
from honeyguide.members.present import Scan, owners_then
from honeyguide.members.proof import Proof
from honeyguide.members.rotating_code import CardCode
from honeyguide.members.store import NO_JOBS, FoundMember, Identifier, Job, MemberStatus
from honeyguide.members.tier_claim import code_of
from honeyguide.sealed import SealKey

MOST_LOOKUPS = 500


class LookupKind(StrEnum):
    HANDLE = "handle"
    NUMBER = "number"
    BARCODE = "barcode"
    PHONE = "phone"
    EMAIL = "email"
    ID = "id"  # no client's: whom a lookup meant before


@dataclass(frozen=True, slots=True)
class MemberLookup:
    """One way to name a member; `location` is where it is used, which a handle must agree with.

    `as_of`: where an offline till scanned a rotating code, when, and for which `receipt`, the one that it names the member on;
    without it such a code names nobody but at `identify`, which uses it up.
    """

    kind: LookupKind
    value: str
    location: str | None = None
    as_of: datetime | None = None
    receipt: str | None = None

    @property
    def code(self) -> CardCode | None:
        """The rotating code that a scanner read, if it is one."""
        return code_of(self.value) if self.kind is LookupKind.BARCODE else None


@dataclass(frozen=True, slots=True)
class HouseholdPlace:
    """The household that a member belongs to, which is also the id of its pool's books; and whether he may redeem from them."""

    household_id: UUID
    may_burn: bool


@dataclass(frozen=True, slots=True)
class MemberRef:
    """A member that a lookup named, and how sure that is (R51)."""

    member_id: UUID
    member_number: str
    display_name: str | None
    locale: str
    status: MemberStatus
    proof: Proof
    household: HouseholdPlace | None = None
    jobs: Mapping[UUID, tuple[Job, ...]] = field(default_factory=lambda: NO_JOBS)  # by partner: where the member works


@dataclass(frozen=True, slots=True)
class LookupPolicy:
    """Who looks up, and by what: `partner_id` is None for operators, whom no handle serves; `phone_region` reads local phone numbers."""

    program_id: UUID
    partner_id: UUID | None
    handle_key: SealKey
    phone_region: str | None = None
    cipher: Cipher | None = None  # opens the keys of cards; without it no offline code names anybody


async def find_members(executor: Executor, policy: LookupPolicy, lookups: Sequence[MemberLookup], now: datetime) -> list[MemberRef | None]:
    """The members in the order of the lookups; None where nobody is meant, whatever the reason; raises ValueError beyond MOST_LOOKUPS."""
    if len(lookups) > MOST_LOOKUPS:
        raise ValueError(f"{len(lookups)} lookups at once; at most {MOST_LOOKUPS}")
    cards = await _card_owners(executor, policy, lookups, now)
    asked = [_Meant(cards[place], Proof.NUMBER) if place in cards else _meant(policy, lookup, now) for place, lookup in enumerate(lookups)]
    found: list[MemberRef | None] = [None] * len(lookups)
    if any(one is not None for one in asked):
        for member in await _survivors(executor, policy.program_id, [one.names if one else None for one in asked]):
            one = asked[member.place]
            found[member.place] = _ref(member, one.proof if one else Proof.NUMBER)
    return found


async def find_member(executor: Executor, policy: LookupPolicy, lookup: MemberLookup, now: datetime) -> MemberRef | None:
    return (await find_members(executor, policy, [lookup], now))[0]


async def member_by_id(executor: Executor, program_id: UUID, member_id: UUID) -> MemberRef | None:
    """The member, or who took him over; None for who is gone. The id proves nothing."""
    found = await _survivors(executor, program_id, [member_id])
    return _ref(found[0], Proof.NUMBER) if found else None


def books_of(member: MemberRef) -> UUID:
    """Whose books pay for the member: the pool's where he may redeem from it, else his own."""
    return member.household.household_id if member.household is not None and member.household.may_burn else member.member_id


async def _card_owners(executor: Executor, policy: LookupPolicy, lookups: Sequence[MemberLookup], now: datetime) -> dict[int, UUID]:
    """By place, whose rotating codes an offline till scanned, each for one receipt; no statement where there is none."""
    codes = {
        place: Scan(code, lookup.as_of, policy.partner_id, lookup.location, lookup.receipt or "")
        for place, lookup in enumerate(lookups)
        if lookup.as_of is not None and policy.partner_id is not None and (code := lookup.code) is not None
    }
    return {} if policy.cipher is None else await owners_then(executor, policy.cipher, policy.program_id, codes, now)


async def _survivors(executor: Executor, program_id: UUID, names: Sequence[Identifier | UUID | None]) -> list[FoundMember]:
    """Who was taken over by another is asked for again as that one: what names a member goes on naming the person (R40)."""
    found = await store.find_members(executor, program_id, names)
    while merged := {member.place: member.merged_into for member in found if member.merged_into is not None}:
        again = await store.find_members(executor, program_id, [merged.get(place) for place in range(len(names))])
        found = [member for member in found if member.place not in merged] + again
    return found


@dataclass(frozen=True, slots=True)
class _Meant:
    names: Identifier | UUID
    proof: Proof


def _meant(policy: LookupPolicy, lookup: MemberLookup, now: datetime) -> _Meant | None:
    """Handles are opened here, without the database; every other lookup is an identifier and proves nothing."""
    if lookup.kind is LookupKind.ID:
        return _Meant(UUID(lookup.value), Proof.NUMBER)
    if lookup.kind is not LookupKind.HANDLE:
        if lookup.code is not None:
            return None
        kind = IdentifierKind(lookup.kind.value)
        value = normal_identifier(kind, lookup.value, policy.phone_region)
        return None if value is None else _Meant(Identifier(kind, value), Proof.NUMBER)
    if policy.partner_id is None:
        return None
    place = HandlePlace(policy.program_id, policy.partner_id, lookup.location)
    opened = open_handle(policy.handle_key, place, lookup.value, now)
    return None if opened is None else _Meant(opened.member_id, opened.proof)


def _ref(member: FoundMember, proof: Proof) -> MemberRef:
    household = HouseholdPlace(member.household_id, member.may_burn) if member.household_id is not None else None
    return MemberRef(
        member.member_id, member.member_number, member.display_name, member.locale, member.status, proof, household, member.jobs
    )
