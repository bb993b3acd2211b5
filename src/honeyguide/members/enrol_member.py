"""A person becomes a member; who is one already gets the same answer, in words and in time."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from uuid_utils.compat import uuid7

from honeyguide.caller import Caller
from honeyguide.database import Connection, Database
from honeyguide.ledger.books import open_member
from honeyguide.members import store
from honeyguide.members.enrolment_terms import EnrolmentTerms
from honeyguide.members.handle import HANDLE_LIFE, HandlePlace, seal_handle
from honeyguide.members.identifiers import IdentifierKind, normal_identifier
from honeyguide.members.joining import Joined, Joining, NotJoined, checked_joining
from honeyguide.members.locale import checked_locale
from honeyguide.members.member_number import ENTROPY_BYTES, member_number
from honeyguide.members.people import insert_consents
from honeyguide.members.proof import Proof
from honeyguide.members.set_consent import source_of_partner
from honeyguide.members.store import Identifier, NewMember
from honeyguide.till.claims import ClaimedBefore, claim_or_roll_back
from honeyguide.till.intent import Key
from honeyguide.till.outcomes import KeyConflict

# Answers leave on this grid, so that the few statements more that a new member takes do not tell who is new.
ANSWER_GRID_SECONDS = 0.025


@dataclass(frozen=True, slots=True)
class EnrolMember:
    """What the partner sent, as sent; at least one of e-mail and phone. The location is one of the partner's: the caller has checked it."""

    idempotency_key: str
    email: str | None = None
    phone: str | None = None
    locale: str | None = None
    location: str | None = None
    joining: Joining = field(default_factory=Joining)


@dataclass(frozen=True, slots=True)
class MemberEnrolled:
    """The member, new or not, and a handle for this partner and location; a replay gets a fresh handle of the same member."""

    member_id: UUID
    handle: str
    expires_at: datetime
    replayed: bool


@dataclass(frozen=True, slots=True)
class EnrolmentRejected:
    """MEMBER_REQUIRED: neither e-mail nor phone; INVALID_IDENTIFIER, INVALID_LOCALE, and what `checked_joining` refuses: `path` names the input field."""

    code: str
    path: tuple[str, ...]


EnrolmentOutcome = MemberEnrolled | EnrolmentRejected | KeyConflict


async def enrol_member(database: Database, caller: Caller, request: EnrolMember, terms: EnrolmentTerms, now: datetime) -> EnrolmentOutcome:
    """Enrol under the caller's key (R1); a known e-mail or phone names its member and changes nothing about them."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    names = _names(request, terms.phone_region)
    locale = known_locale(request.locale, terms.default_locale)
    if isinstance(names, EnrolmentRejected):
        return names
    if locale is None:
        return EnrolmentRejected("INVALID_LOCALE", ("locale",))
    joined = checked_joining(terms.program, request.joining, request.joining.source or source_of_partner(caller.partner_id), now)
    if isinstance(joined, NotJoined):
        return EnrolmentRejected(joined.code, joined.path)
    enrolment = _Enrolment(caller, request, terms, tuple(names), locale, joined, now)
    try:
        member_id, replayed = await _enrol(database, enrolment), False
    except ClaimedBefore as claimed:
        if not claimed.earlier.same_request or claimed.earlier.member_id is None:
            return KeyConflict()
        member_id, replayed = claimed.earlier.member_id, True
    place = HandlePlace(caller.program_id, caller.partner_id, request.location)
    handle = seal_handle(terms.handle_key, place, member_id, Proof.NUMBER, now)
    spent = loop.time() - started
    await asyncio.sleep(-spent % ANSWER_GRID_SECONDS)
    return MemberEnrolled(member_id, handle, now + HANDLE_LIFE, replayed)


@dataclass(frozen=True, slots=True)
class _Enrolment:
    caller: Caller
    request: EnrolMember
    terms: EnrolmentTerms
    names: tuple[Identifier, ...]
    locale: str
    joined: Joined
    now: datetime

    @property
    def key(self) -> Key:
        """Over the text as sent: another phone region tomorrow must not make a retry another request."""
        sent = self.request
        body = [sent.email, sent.phone, sent.locale, sent.location, *sent.joining.body]
        return self.terms.claims.key_over(self.caller, sent.idempotency_key, "enrollMember", body)


async def _enrol(database: Database, enrolment: _Enrolment) -> UUID:
    """The member's id, after a commit; raises ClaimedBefore."""
    while True:
        async with database.transaction() as connection:
            member_id, transaction_id = await _member_of(connection, enrolment)
            # None: the owner of a name lost it between two statements; the next round sees who has it now.
            if member_id is not None:
                await _claim(connection, enrolment, member_id, transaction_id)
                return member_id


async def _member_of(connection: Connection, enrolment: _Enrolment) -> tuple[UUID | None, UUID | None]:
    """The member that the names name, made if there is none, and the transaction that made it."""
    program_id = enrolment.caller.program_id
    # Not a UUIDv7 like all other ids: partners see member ids, and a time in them would tell who enrolled long ago.
    candidate = uuid4()
    inserted = await store.insert_identifiers(connection, program_id, candidate, enrolment.names)
    if len(inserted) == len(enrolment.names):
        return candidate, await _new_member(connection, enrolment, candidate)
    # Somebody is known by one of the names. The others are not attached: knowing an e-mail address proves nothing,
    # and a phone number added here would be a stranger's way into the account.
    if inserted:
        await store.remove_identifiers(connection, program_id, candidate)
    return await store.owner_of_identifiers(connection, program_id, enrolment.names), None


async def _new_member(connection: Connection, enrolment: _Enrolment, member_id: UUID) -> UUID:
    caller, now = enrolment.caller, enrolment.now
    values = {name.kind: name.value for name in enrolment.names}
    number = await _free_number(connection, caller.program_id, member_id)
    await store.insert_member(
        connection,
        NewMember(
            program_id=caller.program_id,
            member_id=member_id,
            member_number=number,
            email=values.get(IdentifierKind.EMAIL),
            phone=values.get(IdentifierKind.PHONE),
            locale=enrolment.locale,
            enrolled_at=now,
            enrolled_by=caller.partner_id,
            display_name=enrolment.joined.display_name,
            **enrolment.joined.sealed(enrolment.terms.vault, caller.program_id, member_id),
        ),
    )
    await insert_consents(connection, caller.program_id, member_id, enrolment.joined.consents)
    transaction_id = uuid7()
    await open_member(
        connection,
        program_id=caller.program_id,
        member_id=member_id,
        transaction_id=transaction_id,
        tier=enrolment.terms.base_tier,
        occurred_at=now,
        posted_at=now,
        program_version=enrolment.terms.program_version,
        partner_id=caller.partner_id,
        location=enrolment.request.location,
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


async def _claim(connection: Connection, enrolment: _Enrolment, member_id: UUID, transaction_id: UUID | None) -> None:
    """Claim the key last, when it is known whom it names; only a claim that is new lets the transaction commit."""
    await claim_or_roll_back(
        connection,
        enrolment.caller.program_id,
        [enrolment.key],
        member_id=member_id,
        transaction_id=transaction_id,
        outcome=None if transaction_id else {"member": "known"},
        now=enrolment.now,
    )


def _names(request: EnrolMember, phone_region: str | None) -> Sequence[Identifier] | EnrolmentRejected:
    """E-mail before phone: where they belong to two members, the e-mail's member is meant."""
    names = []
    for kind, text in ((IdentifierKind.EMAIL, request.email), (IdentifierKind.PHONE, request.phone)):
        if text is None:
            continue
        value = normal_identifier(kind, text, phone_region)
        if value is None:
            return EnrolmentRejected("INVALID_IDENTIFIER", (kind.value,))
        names.append(Identifier(kind, value))
    return names or EnrolmentRejected("MEMBER_REQUIRED", ("email",))


def known_locale(text: str | None, default: str) -> str | None:
    """The BCP 47 tag, such as de-AT; None for what is no language."""
    return default if text is None else checked_locale(text)
