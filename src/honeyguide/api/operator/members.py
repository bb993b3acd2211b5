"""The operator's members: one by a lookup, many in pages; an agent finds whom he can name exactly, and may not guess."""

from __future__ import annotations

from typing import Annotated, cast
from uuid import UUID

import strawberry

from honeyguide.api.context import Info
from honeyguide.api.dashboard import parts_of
from honeyguide.api.keys import checked_text
from honeyguide.api.lookahead import Selection, selection_of
from honeyguide.api.operator.guesses import check_guesses, count_guess
from honeyguide.api.problems import BadArgument
from honeyguide.api.types.lookup import MemberLookup
from honeyguide.api.types.member_record import MemberConnection, MemberEdge, MemberRecord
from honeyguide.api.types.page import After, Before, First, Last, PageInfo, cursor_of, given, moment, page_of
from honeyguide.api.types.standing import standings
from honeyguide.members.lookup import MemberLookup as Lookup
from honeyguide.members.lookup import find_member
from honeyguide.members.search import is_exact, search_members
from honeyguide.members.store import MemberKey, MemberProfile

Search = Annotated[
    str | None, strawberry.argument(description="A member number or its first digits (4 at least), an e-mail address or a phone number.")
]
By = Annotated[MemberLookup, strawberry.argument(description="What names the member.")]
_KEY = (moment, UUID)


async def member(info: Info, by: By) -> MemberRecord | None:
    context = info.context
    lookup = cast(Lookup, by)
    check_guesses(context)
    found = await find_member(context.services.database.pool, context.lookup_policy, lookup, context.now)
    context.looks.searched(lookup.kind.upper(), 1 if found else 0)
    if found is None:
        count_guess(context)
        return None
    standing = (await standings(context, [found.member_id], parts_of(selection_of(info), context.program, context.now))).get(
        found.member_id
    )
    return MemberRecord.of(standing) if standing else None


async def members(
    info: Info,
    search: Search = strawberry.UNSET,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> MemberConnection:
    context = info.context
    page = page_of(_KEY, given(first), given(after), given(last), given(before))
    if context.sees_masked and not is_exact(given(search)):
        raise BadArgument("search must be a whole member number, an e-mail address or a phone number.", ("search",))
    check_guesses(context)
    found = await search_members(
        context.services.database.pool,
        context.caller.program_id,
        checked_text(given(search), "search"),
        limit=page.size,
        after=MemberKey(*page.after) if page.after else None,
        before=MemberKey(*page.before) if page.before else None,
        from_end=page.backward,
    )
    context.looks.searched(_kind_of(given(search)), len(found.members))
    if not found.members:
        count_guess(context)
    keys = [_key(profile) for profile in found.members]
    read = await standings(context, [profile.member_id for profile in found.members], parts_of(_below(info), context.program, context.now))
    edges = [
        MemberEdge(cursor=cursor_of(key), node=MemberRecord.of(read[profile.member_id]))
        for key, profile in zip(keys, found.members, strict=True)
        if profile.member_id in read
    ]
    page_info = PageInfo(
        has_next_page=page.before is not None if page.backward else found.more,
        has_previous_page=found.more if page.backward else page.after is not None,
        start_cursor=cursor_of(keys[0]) if keys else None,
        end_cursor=cursor_of(keys[-1]) if keys else None,
    )
    return MemberConnection(edges=edges, page_info=page_info)


def _below(info: Info) -> Selection:
    """What is selected of each member."""
    selection = selection_of(info)
    for name in ("edges", "node"):
        below = selection.named(name)
        if below is None:
            return selection.nothing()
        selection = below
    return selection


def _kind_of(search: str | None) -> str:
    """For the audit trail, which does not keep what was typed."""
    if not search or not search.strip():
        return "LIST"
    return "EMAIL" if "@" in search else "DIGITS"


def _key(profile: MemberProfile) -> tuple[str, str]:
    return (profile.enrolled_at.isoformat(), str(profile.member_id))
