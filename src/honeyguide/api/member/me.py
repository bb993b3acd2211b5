"""The member's dashboard: two hops, whatever the fields."""

from __future__ import annotations

from honeyguide.api.context import Info
from honeyguide.api.dashboard import parts_of
from honeyguide.api.lookahead import Selection, selection_of
from honeyguide.api.types.member import Member
from honeyguide.api.types.standing import standings
from honeyguide.members.store import MemberStatus


async def me(info: Info) -> Member | None:
    return await member_of(info, selection_of(info))


async def member_of(info: Info, selection: Selection) -> Member | None:
    """The caller with what the client selects of him; None once merged or closed."""
    context = info.context
    member_id = context.caller.member_id
    standing = (await standings(context, [member_id], parts_of(selection, context.program, context.now))).get(member_id)
    if standing is None or MemberStatus(standing.profile["status"]).is_over:
        return None
    context.member_locale = standing.profile["locale"]
    return Member.of(standing)
