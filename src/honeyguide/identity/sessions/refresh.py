"""A refresh token becomes the next one; the use of an older one ends its whole session.

There is no grace: of two uses at once one wins, and the other ends what it won. An app that lost an answer signs in anew.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from honeyguide.audit.act import Act, by_itself, member_subject
from honeyguide.audit.actions import Action
from honeyguide.audit.record import record
from honeyguide.identity.sessions import store
from honeyguide.identity.sessions.desk import SignInDesk, name_of, spoken
from honeyguide.identity.sessions.letters import told
from honeyguide.identity.sessions.refresh_token import RefreshToken, open_refresh, seal_refresh
from honeyguide.members import endings
from honeyguide.members.address import read_address
from honeyguide.programs.current import Applied


@dataclass(frozen=True, slots=True)
class Refreshed:
    program_id: UUID
    member_id: UUID
    session_id: UUID
    refresh_token: str = field(repr=False)


async def refresh(desk: SignInDesk, text: str, program: str | None, now: datetime) -> Refreshed | None:
    """None: forged, used before, ended, of another program than named, of nobody - one answer."""
    old = open_refresh(desk.refresh_key, text)
    applied = desk.known(old.program_id) if old is not None else None
    if old is None or applied is None or (program is not None and applied.program.code != program):
        return None
    new = RefreshToken(old.program_id, old.member_id, old.session_id, old.generation + 1, secrets.token_bytes(32))
    if not await store.rotate_session(desk.database.pool, old, new, now):
        await _reused(desk, applied, old, now)
        return None
    survivor = await endings.survivor_of(desk.database.pool, old.program_id, old.member_id)
    if survivor is None or survivor.status.is_over:
        await store.end_sessions(desk.database.pool, old.program_id, [old.member_id], now, "MEMBERSHIP_ENDED", only=old.session_id)
        return None
    return Refreshed(old.program_id, survivor.member_id, old.session_id, seal_refresh(desk.refresh_key, new))


async def sign_out(desk: SignInDesk, text: str, now: datetime) -> bool:
    """RFC 7009: whoever has a token of the session, also an older one, may end it."""
    token = open_refresh(desk.refresh_key, text)
    if token is None:
        return False
    ended = await store.end_sessions(desk.database.pool, token.program_id, [token.member_id], now, "SIGNED_OUT", only=token.session_id)
    return ended > 0


async def _reused(desk: SignInDesk, applied: Applied, token: RefreshToken, now: datetime) -> None:
    """The seal is ours, so somebody had this token: it was copied, or a phone was set back. All of the session ends, and the member hears of it."""
    async with desk.database.transaction() as connection:
        if not await store.reuse_session(connection, token, now):
            return
        await record(
            connection,
            Act(
                program_id=token.program_id,
                at=now,
                actor=by_itself("refresh-token-reuse"),
                action=Action.END_SESSION,
                subject=member_subject(token.member_id),
                detail={"session": str(token.session_id), "because": "REUSED"},
            ),
        )
        reached = await read_address(connection, token.program_id, token.member_id)
    if reached is not None and reached.email is not None:
        language = spoken([reached.locale], applied)
        desk.outbox.put(told(reached.email, "ended", name_of(applied, language), language, now))
