"""The holder of an anonymous card says on the phone who he is: as an enrolment at a till with the card, only without the till (A35, M64)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from honeyguide.database import Database
from honeyguide.members import store
from honeyguide.members.address import Attached, complete_person, identify_anonymous
from honeyguide.members.identifiers import IdentifierKind, normal_identifier
from honeyguide.members.joining import Joining, NotJoined, checked_joining
from honeyguide.members.person import PersonVault
from honeyguide.members.store import Identifier
from honeyguide.programs.current import Applied

SOURCE = "PASS"


@dataclass(frozen=True, slots=True)
class SignUp:
    """As typed; `region` reads a local phone number (ISO 3166)."""

    display_name: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    region: str | None = None


@dataclass(frozen=True, slots=True)
class SignedUp:
    """The card is his now, or it was before; or the names are somebody else's, which nobody is told."""


@dataclass(frozen=True, slots=True)
class NotSignedUp:
    """NOT_ALLOWED: the program does not want it; MEMBER_REQUIRED: neither e-mail nor phone; INVALID_IDENTIFIER, INVALID_VALUE;
    ALREADY_SIGNED_UP by somebody else; ACCOUNT_CLOSED; MEMBER_FROZEN."""

    code: str
    field: str | None = None


_REFUSED: Mapping[Attached, str] = {Attached.OVER: "ACCOUNT_CLOSED", Attached.FROZEN: "MEMBER_FROZEN", Attached.KNOWN: "ALREADY_SIGNED_UP"}


async def sign_up_on_phone(
    database: Database, vault: PersonVault, applied: Applied, member_id: UUID, said: SignUp, now: datetime
) -> SignedUp | NotSignedUp:
    """Repeating it with the same names changes nothing. Who took the card has passed the program's age gate, and consents to nothing here."""
    if not applied.program.joins.on_phone:
        return NotSignedUp("NOT_ALLOWED")
    names = _names(said)
    if isinstance(names, NotSignedUp):
        return names
    joined = checked_joining(None, Joining(display_name=said.display_name), SOURCE, now)
    if isinstance(joined, NotJoined):
        return NotSignedUp(joined.code, joined.path[0])
    program_id = applied.program_id
    async with database.transaction() as connection:
        attached = await identify_anonymous(connection, program_id, member_id, names)
        if attached is Attached.DONE:
            await complete_person(connection, vault, program_id, member_id, joined)
        if attached in (Attached.DONE, Attached.TAKEN):
            return SignedUp()
        if attached is Attached.KNOWN:
            owners = [await store.owner_of_identifiers(connection, program_id, [name]) for name in names]
            if owners == [member_id] * len(names):
                return SignedUp()
    return NotSignedUp(_REFUSED[attached])


def _names(said: SignUp) -> list[Identifier] | NotSignedUp:
    names = []
    for kind, text in ((IdentifierKind.EMAIL, said.email), (IdentifierKind.PHONE, said.phone)):
        if text is None:
            continue
        value = normal_identifier(kind, text, said.region)
        if value is None:
            return NotSignedUp("INVALID_IDENTIFIER", kind.value)
        names.append(Identifier(kind, value))
    return names or NotSignedUp("MEMBER_REQUIRED", "email")
