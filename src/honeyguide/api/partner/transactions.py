"""A partner's own posts, by reference and in pages (R39)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from honeyguide.api.context import Info
from honeyguide.api.keys import checked_text
from honeyguide.api.partner.desk import own_partner
from honeyguide.api.posts import posts_shown
from honeyguide.api.types.page import After, Before, First, Last, cursor_of, given, page_info, page_of
from honeyguide.api.types.partner import Partner
from honeyguide.api.types.transaction import Transaction, TransactionConnection, TransactionEdge, TransactionKind, TransactionState
from honeyguide.caller import Caller
from honeyguide.ledger.recorded import Recorded
from honeyguide.transactions.partner_posts import PostFilter, partner_posts, post_by_reference

Reference = Annotated[str, strawberry.argument(description="The receipt's own number.")]
AtLocation = Annotated[str | None, strawberry.argument(description="The code of the shop; default any.")]
BusinessDate = Annotated[date | None, strawberry.argument(description="The day it was posted for; default any, the newest first.")]
Kind = Annotated[TransactionKind | None, strawberry.argument(description="What kind of event.")]
From = Annotated[datetime | None, strawberry.argument(name="from", description="Only what occurred at or after this moment.")]
To = Annotated[datetime | None, strawberry.argument(description="Only what occurred before this moment.")]
InState = Annotated[TransactionState | None, strawberry.argument(description="Only what is in this state.")]


async def partner(info: Info) -> Partner:
    return Partner.of(await own_partner(info.context))


async def transaction(
    info: Info,
    reference: Reference,
    location: AtLocation = strawberry.UNSET,
    business_date: BusinessDate = strawberry.UNSET,
    kind: Kind = TransactionKind.PURCHASE,
) -> Transaction | None:
    context = info.context
    pool, caller = context.services.database.pool, context.caller
    if "\x00" in reference or "\x00" in (location or ""):
        return None
    kind_name = (kind or TransactionKind.PURCHASE).value
    found = await post_by_reference(
        pool, caller.program_id, caller.partner_id, kind_name, reference, given(business_date), _own_shop(caller, location)
    )
    return (await posts_shown(context, [found]))[0] if found else None


async def transactions(
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
    from_: From = strawberry.UNSET,
    to: To = strawberry.UNSET,
    location: AtLocation = strawberry.UNSET,
    state: InState = strawberry.UNSET,
) -> TransactionConnection:
    context = info.context
    caller = context.caller
    page = page_of((_uuid,), given(first), given(after), given(last), given(before))
    wanted = given(state)
    rows = await partner_posts(
        context.services.database.pool,
        caller.program_id,
        caller.partner_id,
        PostFilter(given(from_), given(to), checked_text(_own_shop(caller, location), "location"), wanted.value if wanted else None),
        limit=page.limit,
        after=page.after[0] if page.after else None,
        before=page.before[0] if page.before else None,
        from_end=page.backward,
    )
    rows, info_of_page = page_info(page, rows, _key)
    edges = [
        TransactionEdge(cursor=cursor_of(_key(row)), node=shown) for row, shown in zip(rows, await posts_shown(context, rows), strict=True)
    ]
    return TransactionConnection(edges=edges, page_info=info_of_page)


def _own_shop(caller: Caller, location: str | None) -> str | None:
    """A credential of one shop reads what was posted there, whatever it asks for."""
    return caller.location if caller.location is not None else given(location)


def _key(row: Recorded) -> tuple[str]:
    return (str(row.transaction_id),)


def _uuid(value: Any) -> UUID:
    return UUID(value)
