"""What a credential, a cashier or a shop posted, and all of it taken back through the books."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from honeyguide.coalition.freeze_till import Frozen
from honeyguide.database import Executor, statements
from honeyguide.ledger.books import recorded_of
from honeyguide.ledger.recorded import Recorded
from honeyguide.transactions.desk import Desk
from honeyguide.transactions.odd_tills import first_id
from honeyguide.transactions.outcomes import DuplicateReference, IdempotencyConflict, Rejected, Reversed
from honeyguide.transactions.requests import ById, ReverseRequest, Whole
from honeyguide.transactions.reverse_transaction import reverse_transaction

PAGE = 100
_AT_ONCE = 10
_LAST = UUID(int=2**128 - 1)
_SQL = statements(__package__, "odd_tills.sql")


@dataclass(frozen=True, slots=True)
class Span:
    """Posted from `since` and before `until`; `before`: only what has a smaller id."""

    since: datetime
    until: datetime
    before: UUID | None = None


@dataclass(frozen=True, slots=True)
class NotReversed:
    """What stayed, and why."""

    post: Recorded
    code: str


@dataclass(frozen=True, slots=True)
class PostsReversed:
    """`before`: where the next page begins; None after the last."""

    reversed_: int
    stayed: tuple[NotReversed, ...]
    before: UUID | None


async def posts_of(executor: Executor, program_id: UUID, what: Frozen, span: Span, limit: int) -> list[Recorded]:
    """The newest first; purchases, redemptions, and what was reversed there."""
    before = span.before or _LAST
    named = (what.location, what.cashier, what.credential)
    rows = await executor.fetch(
        _SQL["posts_of"], program_id, what.partner_id, first_id(span.since), before, span.since, span.until, *named, limit
    )
    return [recorded_of(row) for row in rows]


async def reverse_posts(desk: Desk, idempotency_key: str, what: Frozen, span: Span) -> PostsReversed:
    """One page of them, each wholly and under a key of its own, so that whoever is cut off goes on where he was (R1).

    What is left of each is reversed as its own partner would (R19-R25); a return that was made there is no transaction to reverse.
    """
    posts = await posts_of(desk.database.pool, desk.program_id, what, span, PAGE)
    stayed: list[NotReversed] = []
    for first in range(0, len(posts), _AT_ONCE):
        few = posts[first : first + _AT_ONCE]
        codes = await asyncio.gather(*(_reverse(desk, idempotency_key, post) for post in few))
        stayed += (NotReversed(post, code) for post, code in zip(few, codes, strict=True) if code is not None)
    return PostsReversed(len(posts) - len(stayed), tuple(stayed), posts[-1].transaction_id if len(posts) == PAGE else None)


async def _reverse(desk: Desk, idempotency_key: str, post: Recorded) -> str | None:
    request = ReverseRequest(
        idempotency_key=f"{idempotency_key}/{post.transaction_id}",
        transaction=ById(post.member_id, post.transaction_id),
        reference=f"operator/{post.transaction_id}",
        what=Whole(),
    )
    match await reverse_transaction(desk, request):
        case Reversed():
            return None
        case DuplicateReference():
            return "NOTHING_LEFT_TO_REVERSE"
        case IdempotencyConflict():
            return "IDEMPOTENCY_CONFLICT"
        case Rejected(code=code):
            return code
