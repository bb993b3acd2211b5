"""A code goes to an address, known or not: the answer is the same, and comes in the same time."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

from honeyguide.identity.sessions import store
from honeyguide.identity.sessions.code import DIGITS, code_of
from honeyguide.identity.sessions.desk import SignInDesk, name_of
from honeyguide.identity.sessions.letters import code_letter, told
from honeyguide.members import store as members
from honeyguide.members.answer_grid import OnTheGrid
from honeyguide.members.identifiers import IdentifierKind, mailbox, normal_identifier
from honeyguide.members.store import Identifier
from honeyguide.programs.current import Applied


async def send_code(desk: SignInDesk, applied: Applied, address: str, language: str, now: datetime) -> None:
    """To who signs in, or joins where the program lets people join; raises what the database raises."""
    grid = OnTheGrid()
    email = normal_identifier(IdentifierKind.EMAIL, address, None)
    if email is not None:
        subject = desk.codes.subject(applied.program_id, email)
        code = await _new_code(desk, applied.program_id, subject, now)
        owner = await _owner(desk, applied, email)
        # Written for everybody, and put out for whom it may help: both take their time.
        letter = code_letter(email, name_of(applied, language), language, code or "", now)
        if code is not None and (owner is not None or applied.program.joins.by_email):
            desk.outbox.put(letter)
    await grid.leave()


async def send_address_code(desk: SignInDesk, applied: Applied, member_id: UUID, address: str, language: str, now: datetime) -> bool:
    """To an address that a member wants to have; whose it is already is told so instead. False for what is no address."""
    grid = OnTheGrid()
    email = normal_identifier(IdentifierKind.EMAIL, address, None)
    if email is None:
        return False
    subject = desk.codes.subject(applied.program_id, email, member_id)
    code = await _new_code(desk, applied.program_id, subject, now)
    owner = await _owner(desk, applied, email)
    program = name_of(applied, language)
    letters = code_letter(email, program, language, code or "", now), told(email, "have_account", program, language, now)
    # One bound for both: nobody's mailbox is filled by whom it is not for.
    if code is not None and await may_write(desk, applied, email, now):
        desk.outbox.put(letters[owner is not None and owner != member_id])
    await grid.leave()
    return True


async def may_write(desk: SignInDesk, applied: Applied, email: str, now: datetime) -> bool:
    """Five letters an hour to whom somebody else named; by the mailbox alone: a code that nobody can type counts them."""
    counted = desk.codes.subject(applied.program_id, mailbox(email), UUID(int=0))
    return await store.put_code(desk.database.pool, applied.program_id, counted, secrets.token_bytes(32), now)


async def _new_code(desk: SignInDesk, program_id: UUID, subject: bytes, now: datetime) -> str | None:
    code = code_of(secrets.randbelow(10**DIGITS))
    return code if await store.put_code(desk.database.pool, program_id, subject, desk.codes.hash(subject, code), now) else None


async def _owner(desk: SignInDesk, applied: Applied, email: str) -> UUID | None:
    return await members.owner_of_identifiers(desk.database.pool, applied.program_id, [Identifier(IdentifierKind.EMAIL, email)])
