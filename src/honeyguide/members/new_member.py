"""A person becomes a member by himself: names, number, person, consents and empty books, in the caller's transaction (R1)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from uuid_utils.compat import uuid7

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


async def new_member(
    connection: Connection, applied: Applied, vault: PersonVault, names: Sequence[Identifier], locale: str, joined: Joined, now: datetime
) -> UUID | None:
    """The new member, who is anonymous without names; None where somebody has one of them: then nothing is written."""
    program_id = applied.program_id
    # Not a UUIDv7, as in enrol_member.py: a time in it would tell who enrolled when.
    member_id = uuid4()
    if len(await store.insert_identifiers(connection, program_id, member_id, names)) < len(names):
        await store.remove_identifiers(connection, program_id, member_id)
        return None
    values = {name.kind: name.value for name in names}
    await store.insert_member(
        connection,
        NewMember(
            program_id=program_id,
            member_id=member_id,
            member_number=await _free_number(connection, program_id, member_id),
            email=values.get(IdentifierKind.EMAIL),
            phone=values.get(IdentifierKind.PHONE),
            locale=locale,
            enrolled_at=now,
            enrolled_by=None,
            display_name=joined.display_name,
            **joined.sealed(vault, program_id, member_id),
        ),
    )
    await insert_consents(connection, program_id, member_id, joined.consents)
    await open_member(
        connection,
        program_id=program_id,
        member_id=member_id,
        transaction_id=uuid7(),
        tier=base_tier(applied.program),
        occurred_at=now,
        posted_at=now,
        program_version=applied.version,
        partner_id=None,
        location=None,
        reference=None,
        detail={},
    )
    return member_id


async def _free_number(connection: Connection, program_id: UUID, member_id: UUID) -> str:
    """A number that nobody has; of a million members one in a million draws must be repeated."""
    while True:
        number = member_number(secrets.token_bytes(ENTROPY_BYTES))
        if await store.insert_identifiers(connection, program_id, member_id, [Identifier(IdentifierKind.NUMBER, number)]):
            return number
