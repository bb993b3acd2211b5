"""The member's statement as it grows: each row once, in order, from where the client stands."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Annotated, Any, cast

import strawberry

from honeyguide.api.context import Info, RequestContext
from honeyguide.api.dashboard import ACTIVITY_KEY, Part, activity_part
from honeyguide.api.live.changes import Event, Read, followed
from honeyguide.api.member.account_changed import PROFILE
from honeyguide.api.problems import BadArgument
from honeyguide.api.types.activity import Activity
from honeyguide.api.types.activity_rows import activity
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.api.types.page import Page, given, page_of
from honeyguide.ledger.books import read_transaction

_AT_ONCE = 50  # rows of one read
_ROWS = "rows"
Key = tuple[int, int]

AfterRow = Annotated[
    str | None,
    strawberry.argument(description="The id of the last row that the client has, or its cursor; left out, the newest row comes first."),
]


async def activity_added(info: Info, after: AfterRow = strawberry.UNSET) -> AsyncGenerator[Activity, None]:
    named = given(after)
    return cast("AsyncGenerator[Activity, None]", _rows(info.context, None if named is None else await _key_of(named, info.context)))


async def _key_of(after: str, context: RequestContext) -> Key:
    """Where the row stands; raises BadArgument for what is no row of the caller's."""
    node_id, caller = NodeId.read(after), context.caller
    if node_id is None:
        key = page_of(ACTIVITY_KEY, None, after).after
        assert key is not None
        return key[0], key[1]
    row = None
    if node_id.kind is NodeKind.ACTIVITY and node_id.member_id == caller.member_id:
        row = await read_transaction(context.services.database.pool, caller.program_id, caller.member_id, node_id.key)
    if row is None or node_id.line is None:
        raise BadArgument("after names no row of the statement.")
    return row.version, node_id.line


async def _rows(context: RequestContext, last: Key | None) -> AsyncIterator[Event]:
    caller = context.caller

    def parts(at: RequestContext) -> list[Part]:
        newest = Page(1, False, None, None)
        return [PROFILE, activity_part(_ROWS, newest if last is None else Page(_AT_ONCE, True, None, last))]

    with context.services.hub.watching(caller.program_id, caller.member_id) as wake:
        async for read in followed(context, wake, parts):
            if last is not None and last[0] > read.standing.profile["version"]:
                last = None  # a cursor of a future that a restored backup does not have
                wake.set()
                continue
            rows = _shown(read, last)
            if len(rows) >= _AT_ONCE:
                wake.set()
            while rows:
                row = rows.pop(0)
                last = row["version"], row["line"]
                yield Event(activity(row, read.standing.partners, read.context), read.context)
                del row
            if last is None:
                last = (0, 0)
            del read  # what is kept here is kept of thousands who wait


def _shown(read: Read, last: Key | None) -> list[Any]:
    """Oldest first; the page has one row to spare."""
    rows: list[Any] = read.standing.read[_ROWS]
    return rows[:1] if last is None else rows[:_AT_ONCE]
