"""A person becomes a member: number, person, consents and empty books, in the caller's transaction (R1)."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from uuid_utils.compat import uuid7

from honeyguide.caller import Audience
from honeyguide.database import Connection
from honeyguide.ledger.books import open_member
from honeyguide.members import store
from honeyguide.members.identifiers import IdentifierKind
from honeyguide.members.joining import Joined
from honeyguide.members.member_number import ENTROPY_BYTES, member_number
from honeyguide.members.people import insert_consents
from honeyguide.members.person import PersonVault
from honeyguide.members.store import Identifier, NewMember
from honeyguide.programs.current import Applied
from honeyguide.programs.tiers import base_tier
from honeyguide.till.claims import claim_or_roll_back
from honeyguide.till.intent import Key


@dataclass(frozen=True, slots=True)
class Newcomer:
    """`names` are his already, `tier` from now on; `partner_id` and `location`: where he was enrolled, None where he came by himself."""

    program_id: UUID
    member_id: UUID
    names: Collection[Identifier]
    locale: str
    joined: Joined
    tier: str | None
    program_version: int
    partner_id: UUID | None = None
    location: str | None = None


def fresh_member_id() -> UUID:
    """Not a UUIDv7 like all other ids: partners see member ids, and a time in them would tell who enrolled long ago."""
    return uuid4()


async def new_member(
    connection: Connection, applied: Applied, vault: PersonVault, names: Collection[Identifier], locale: str, joined: Joined, now: datetime
) -> UUID | None:
    """Who comes by himself, anonymous without names; None where somebody has one of them: then nothing is written."""
    member_id = fresh_member_id()
    if len(await store.insert_identifiers(connection, applied.program_id, member_id, names)) < len(names):
        await store.remove_identifiers(connection, applied.program_id, member_id)
        return None
    await join_alone(connection, applied, vault, member_id, names, locale, joined, now)
    return member_id


async def join_alone(
    connection: Connection,
    applied: Applied,
    vault: PersonVault,
    member_id: UUID,
    names: Collection[Identifier],
    locale: str,
    joined: Joined,
    now: datetime,
) -> None:
    """The membership of who comes by himself, under names that are his already."""
    newcomer = Newcomer(applied.program_id, member_id, names, locale, joined, base_tier(applied.program), applied.version)
    transaction_id = await open_membership(connection, vault, newcomer, now)
    # Whatever somebody asked for has a claim (the books' proof asks for it); this one is under the new member's own name.
    claim = Key(f"{Audience.MEMBER}:{member_id}", "joining", b"")
    await claim_or_roll_back(connection, applied.program_id, [claim], member_id=member_id, transaction_id=transaction_id, now=now)


async def open_membership(connection: Connection, vault: PersonVault | None, newcomer: Newcomer, now: datetime) -> UUID:
    """Answers the enrolment's transaction, which the caller claims under the key of who asked for it."""
    program_id, member_id, joined = newcomer.program_id, newcomer.member_id, newcomer.joined
    values = {name.kind: name.value for name in newcomer.names}
    await store.insert_member(
        connection,
        NewMember(
            program_id=program_id,
            member_id=member_id,
            member_number=await _free_number(connection, program_id, member_id),
            email=values.get(IdentifierKind.EMAIL),
            phone=values.get(IdentifierKind.PHONE),
            locale=newcomer.locale,
            enrolled_at=now,
            enrolled_by=newcomer.partner_id,
            display_name=joined.display_name,
            **joined.sealed(vault, program_id, member_id),
        ),
    )
    await insert_consents(connection, program_id, member_id, joined.consents)
    transaction_id = uuid7()
    await open_member(
        connection,
        program_id=program_id,
        member_id=member_id,
        transaction_id=transaction_id,
        tier=newcomer.tier,
        occurred_at=now,
        posted_at=now,
        program_version=newcomer.program_version,
        partner_id=newcomer.partner_id,
        location=newcomer.location,
        reference=None,
        detail={},  # no e-mail, no phone: the books outlive an erasure (R41)
    )
    return transaction_id


async def _free_number(connection: Connection, program_id: UUID, member_id: UUID) -> str:
    """A number that nobody has; of a million members one in a million draws must be repeated."""
    while True:
        number = member_number(secrets.token_bytes(ENTROPY_BYTES))
        if await store.insert_identifiers(connection, program_id, member_id, [Identifier(IdentifierKind.NUMBER, number)]):
            return number
