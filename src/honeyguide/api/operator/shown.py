"""What an operator's mutations show of whom they touched: members as they are now."""

from __future__ import annotations

from uuid import UUID

from honeyguide.api.context import Info
from honeyguide.api.dashboard import Part, parts_of
from honeyguide.api.lookahead import selection_of
from honeyguide.api.types.member_record import MemberRecord
from honeyguide.api.types.standing import standings


async def member_shown(info: Info, answer: str, field: str, member_id: UUID | str) -> MemberRecord:
    """The member under that field of the answer, with what the client selects of it."""
    context, key = info.context, UUID(str(member_id))
    below = selection_of(info, answer).named(field)
    parts = parts_of(below, context.program, context.now) if below else [Part("profile", "profile")]
    return MemberRecord.of((await standings(context, [key], parts))[key])
