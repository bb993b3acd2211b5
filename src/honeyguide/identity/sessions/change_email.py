"""A member gets an e-mail address, the first or another one, by proving it with a code; the former address is told (M64)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from honeyguide.identity.sessions.check_code import check_code
from honeyguide.identity.sessions.desk import SignInDesk, name_of
from honeyguide.identity.sessions.letters import told
from honeyguide.members.address import Attached, attach_email
from honeyguide.members.answer_grid import OnTheGrid
from honeyguide.members.identifiers import IdentifierKind, normal_identifier
from honeyguide.programs.current import Applied
from honeyguide.till.outcomes import Refusal


async def confirm_email(
    desk: SignInDesk, applied: Applied, member_id: UUID, address: str, code: str, language: str, now: datetime
) -> str | Refusal:
    """The address in its stored spelling; CODE_REJECTED also where it is somebody else's, ACCOUNT_CLOSED, MEMBER_FROZEN."""
    grid = OnTheGrid()
    email = normal_identifier(IdentifierKind.EMAIL, address, None)
    proved = await check_code(desk, applied.program_id, desk.codes.subject(applied.program_id, email or "", member_id), code, now)
    if proved is None or email is None:
        await grid.leave()
        return Refusal("CODE_REJECTED", {"path": ["code"]})
    async with desk.database.transaction() as connection:
        # Used up first: of two requests with the code, one goes on.
        if not await proved.use(connection):
            return Refusal("CODE_REJECTED", {"path": ["code"]})
        attached, before = await attach_email(connection, applied.program_id, member_id, email)
    if attached is Attached.OVER:
        return Refusal("ACCOUNT_CLOSED")
    if attached is Attached.FROZEN:
        return Refusal("MEMBER_FROZEN")
    if attached is Attached.TAKEN:
        return Refusal("CODE_REJECTED", {"path": ["code"]})
    if before is not None and before != email:
        desk.outbox.put(told(before, "changed", name_of(applied, language), language, now))
    return email
