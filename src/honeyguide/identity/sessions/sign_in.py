"""A code becomes a session: of the member whose address it proves, or of who joins by it (M64)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from honeyguide.database import Connection
from honeyguide.identity.sessions import store
from honeyguide.identity.sessions.check_code import Proved, check_code
from honeyguide.identity.sessions.desk import SignInDesk
from honeyguide.identity.sessions.guardian import ask_guardian
from honeyguide.identity.sessions.refresh_token import RefreshToken, seal_refresh
from honeyguide.members import endings
from honeyguide.members import store as members
from honeyguide.members.answer_grid import OnTheGrid
from honeyguide.members.identifiers import IdentifierKind, mailbox, normal_identifier
from honeyguide.members.joining import Joining, NotJoined, checked_joining
from honeyguide.members.locale import checked_locale
from honeyguide.members.new_member import new_member
from honeyguide.members.store import Identifier
from honeyguide.programs.current import Applied

_ROUNDS = 3  # of looking again, when the address became somebody's meanwhile


@dataclass(frozen=True, slots=True)
class SignInRequest:
    """As sent; `joining` and `locale` count for who joins, `device` is how the app calls itself."""

    email: str = field(repr=False)
    code: str = field(repr=False)
    language: str
    locale: str | None = None
    device: str | None = None
    details: bool = True  # False: who joins was not asked yet for what a program asks
    joining: Joining = field(default_factory=Joining, repr=False)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`refresh_token` None: no session was asked for."""

    program_id: UUID
    member_id: UUID
    session_id: UUID | None
    refresh_token: str | None = field(repr=False)
    joined: bool


@dataclass(frozen=True, slots=True)
class CodeRejected:
    """Wrong, used up, too old, of another address, or for nobody: one answer."""


class CodeUsed(Exception):
    """Another request used the code up meanwhile: it rolls the new member back."""


SignInOutcome = SignedIn | CodeRejected | NotJoined


async def sign_in(desk: SignInDesk, applied: Applied, request: SignInRequest, now: datetime, *, session: bool = True) -> SignInOutcome:
    """NotJoined, said to who proved the address: NOT_ALLOWED, BIRTH_DATE_REQUIRED, TOO_YOUNG, GUARDIAN_NEEDED, GUARDIAN_ASKED, INVALID_VALUE.

    The code stays good where something is missing only, so that it can be sent again with it.
    """
    grid = OnTheGrid()
    email = normal_identifier(IdentifierKind.EMAIL, request.email, None)
    subject = desk.codes.subject(applied.program_id, email or "")
    proved = await check_code(desk, applied.program_id, subject, request.code, now)
    if proved is None or email is None:
        await grid.leave()
        return CodeRejected()
    try:
        for _ in range(_ROUNDS):
            member_id = await member_of(desk, applied, email)
            if member_id is not None:
                return await _known(desk, proved, member_id, request, now, session)
            if (outcome := await _join(desk, applied, proved, email, request, now, session)) is not None:
                if isinstance(outcome, NotJoined):
                    await proved.keep(desk.database.pool)
                return outcome
    except CodeUsed:
        pass
    return CodeRejected()


async def member_of(desk: SignInDesk, applied: Applied, email: str) -> UUID | None:
    """Whose the address is, after merges."""
    pool, program_id = desk.database.pool, applied.program_id
    owner = await members.owner_of_identifiers(pool, program_id, [Identifier(IdentifierKind.EMAIL, email)])
    survivor = await endings.survivor_of(pool, program_id, owner) if owner is not None else None
    return None if survivor is None or survivor.status.is_over else survivor.member_id


async def _known(desk: SignInDesk, proved: Proved, member_id: UUID, request: SignInRequest, now: datetime, session: bool) -> SignInOutcome:
    async with desk.database.transaction() as connection:
        if not await proved.use(connection):
            return CodeRejected()
        return await _begin(desk, connection, proved.program_id, member_id, request.device, now, session=session, joined=False)


async def _join(
    desk: SignInDesk, applied: Applied, proved: Proved, email: str, request: SignInRequest, now: datetime, session: bool
) -> SignInOutcome | None:
    """None: somebody has the address by now."""
    if not applied.program.joins.by_email:
        return NotJoined("NOT_ALLOWED", ())
    if not request.details and (applied.program.age is not None or applied.program.consents):
        return NotJoined("DETAILS_NEEDED", ())
    locale = checked_locale(request.locale) if request.locale else applied.program.default_locale
    if locale is None:
        return NotJoined("INVALID_VALUE", ("locale",))
    joined = checked_joining(applied.program, request.joining, request.joining.source or "APP", now)
    if isinstance(joined, NotJoined):
        if joined.code == "TOO_YOUNG":
            await proved.use(desk.database.pool)  # another birth date needs another code
        return joined
    if joined.details.guardian is not None:
        if mailbox(joined.details.guardian.email) == mailbox(email):  # nobody is his own guardian
            return NotJoined("INVALID_VALUE", ("guardian",))
        if not await proved.use(desk.database.pool):
            return CodeRejected()
        await ask_guardian(desk, applied, email, locale, joined, request.joining.consents, request.language, now)
        return NotJoined("GUARDIAN_ASKED", ("guardian",))
    async with desk.database.transaction() as connection:
        member_id = await new_member(connection, applied, desk.vault, [Identifier(IdentifierKind.EMAIL, email)], locale, joined, now)
        if member_id is None:
            return None  # nothing was written
        if not await proved.use(connection):
            raise CodeUsed
        return await _begin(desk, connection, applied.program_id, member_id, request.device, now, session=session, joined=True)


async def _begin(
    desk: SignInDesk,
    connection: Connection,
    program_id: UUID,
    member_id: UUID,
    device: str | None,
    now: datetime,
    *,
    session: bool,
    joined: bool,
) -> SignedIn:
    if not session:
        return SignedIn(program_id, member_id, None, None, joined)
    token = RefreshToken(program_id, member_id, uuid4(), 0, secrets.token_bytes(32))
    await store.insert_session(connection, token, device_name(device), now)
    return SignedIn(program_id, member_id, token.session_id, seal_refresh(desk.refresh_key, token), joined)


def device_name(text: str | None) -> str | None:
    """What can be shown in a list of devices; None for what is no name."""
    name = "".join(letter for letter in (text or "")[:80] if letter.isprintable()).strip()
    return name or None
