"""Somebody takes a card and says nothing of himself yet: a member without names, identified later (M64)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from honeyguide.identity.sessions.desk import SignInDesk
from honeyguide.members.joining import Joining, NotJoined, checked_joining
from honeyguide.members.new_member import new_member
from honeyguide.programs.current import Applied


async def anonymous_card(desk: SignInDesk, applied: Applied, joining: Joining, locale: str, now: datetime) -> UUID | NotJoined:
    """The caller bounds how often. An age gate holds here too; who needs a guardian cannot stay anonymous: NOT_ALLOWED."""
    if not applied.program.joins.anonymous:
        return NotJoined("NOT_ALLOWED", ())
    joined = checked_joining(applied.program, Joining(birth_date=joining.birth_date), "PAGE", now)
    if isinstance(joined, NotJoined):
        return NotJoined("NOT_ALLOWED", ()) if joined.code == "GUARDIAN_NEEDED" else joined
    async with desk.database.transaction() as connection:
        member_id = await new_member(connection, applied, desk.vault, (), locale, joined, now)
    assert member_id is not None, "nobody can have none of these names"
    return member_id
