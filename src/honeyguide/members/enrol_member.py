"""A person becomes a member; who is one already gets the same answer, in words and in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from honeyguide.caller import Caller
from honeyguide.database import Connection, Database
from honeyguide.members import store
from honeyguide.members.address import Attached, complete_person, identify_anonymous
from honeyguide.members.answer_grid import OnTheGrid
from honeyguide.members.enrolment_terms import EnrolmentTerms
from honeyguide.members.handle import HANDLE_LIFE, HandlePlace, seal_handle
from honeyguide.members.identifiers import IdentifierKind, mailbox, normal_identifier
from honeyguide.members.joining import Joined, Joining, NotJoined, checked_joining
from honeyguide.members.locale import checked_locale
from honeyguide.members.new_member import Newcomer, fresh_member_id, open_membership
from honeyguide.members.proof import Proof
from honeyguide.members.set_consent import source_of_partner
from honeyguide.members.store import Identifier
from honeyguide.till.claims import ClaimedBefore, claim_or_roll_back
from honeyguide.till.intent import Key
from honeyguide.till.outcomes import KeyConflict


@dataclass(frozen=True, slots=True)
class EnrolMember:
    """What the partner sent, as sent; at least one of e-mail and phone. The location is one of the partner's: the caller has checked it."""

    idempotency_key: str
    email: str | None = None
    phone: str | None = None
    locale: str | None = None
    location: str | None = None
    joining: Joining = field(default_factory=Joining)
    holder: UUID | None = None  # of an anonymous card that was shown: it is this person's from now on


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
    grid = OnTheGrid()
    names = _names(request, terms.phone_region)
    locale = terms.default_locale if request.locale is None else checked_locale(request.locale)
    if isinstance(names, EnrolmentRejected):
        return names
    if locale is None:
        return EnrolmentRejected("INVALID_LOCALE", ("locale",))
    joined = checked_joining(terms.program, request.joining, request.joining.source or source_of_partner(caller.partner_id), now)
    if isinstance(joined, NotJoined):
        return EnrolmentRejected(joined.code, joined.path)
    if joined.details.guardian is not None and mailbox(joined.details.guardian.email) in _mailboxes(names):
        return EnrolmentRejected("INVALID_VALUE", ("guardian",))
    enrolment = _Enrolment(caller, request, terms, tuple(names), locale, joined, now)
    try:
        member_id, replayed = await _enrol(database, enrolment), False
    except _NotAnonymous:
        return EnrolmentRejected("NOT_ALLOWED", ("holder",))
    except ClaimedBefore as claimed:
        if not claimed.earlier.same_request or claimed.earlier.member_id is None:
            return KeyConflict()
        member_id, replayed = claimed.earlier.member_id, True
    place = HandlePlace(caller.program_id, caller.partner_id, request.location)
    handle = seal_handle(terms.handle_key, place, member_id, Proof.NUMBER, now)
    await grid.leave()
    return MemberEnrolled(member_id, handle, now + HANDLE_LIFE, replayed)


class _NotAnonymous(Exception):
    """The card is somebody's already: it does not become another's by being shown."""


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
        body = [sent.email, sent.phone, sent.locale, sent.location, *sent.joining.body, *([str(sent.holder)] if sent.holder else [])]
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
    program_id, holder = enrolment.caller.program_id, enrolment.request.holder
    if holder is not None:
        attached = await identify_anonymous(connection, program_id, holder, enrolment.names)
        if attached is Attached.DONE:
            await complete_person(connection, enrolment.terms.vault, program_id, holder, enrolment.joined)
            return holder, None
        if attached is Attached.TAKEN:  # it is answered alike, and the card stays nobody's
            return await store.owner_of_identifiers(connection, program_id, enrolment.names), None
        # A retry hears its first answer; else nobody learns by a card that is somebody's whether an address is.
        await _claim(connection, enrolment, holder, None)
        raise _NotAnonymous
    candidate = fresh_member_id()
    inserted = await store.insert_identifiers(connection, program_id, candidate, enrolment.names)
    if len(inserted) == len(enrolment.names):
        return candidate, await _new_member(connection, enrolment, candidate)
    # Somebody is known by one of the names. The others are not attached: knowing an e-mail address proves nothing,
    # and a phone number added here would be a stranger's way into the account.
    if inserted:
        await store.remove_identifiers(connection, program_id, candidate)
    return await store.owner_of_identifiers(connection, program_id, enrolment.names), None


async def _new_member(connection: Connection, enrolment: _Enrolment, member_id: UUID) -> UUID:
    caller, terms = enrolment.caller, enrolment.terms
    newcomer = Newcomer(
        program_id=caller.program_id,
        member_id=member_id,
        names=enrolment.names,
        locale=enrolment.locale,
        joined=enrolment.joined,
        tier=terms.base_tier,
        program_version=terms.program_version,
        partner_id=caller.partner_id,
        location=enrolment.request.location,
    )
    return await open_membership(connection, terms.vault, newcomer, enrolment.now)


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


def _mailboxes(names: Sequence[Identifier]) -> list[str]:
    """Nobody is his own guardian."""
    return [mailbox(name.value) for name in names if name.kind is IdentifierKind.EMAIL]


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
