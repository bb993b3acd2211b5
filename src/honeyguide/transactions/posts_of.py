"""What a credential, a cashier or a shop posted, and all of it taken back through the books."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from honeyguide.coalition.freeze_till import Frozen
from honeyguide.database import Executor, Section, statements
from honeyguide.ledger.books import recorded_of
from honeyguide.ledger.recorded import Recorded, TransactionKind
from honeyguide.members.own_account import OWN_ACCOUNT, note_refused, own_accounts
from honeyguide.transactions.desk import Desk
from honeyguide.transactions.odd_tills import first_id
from honeyguide.transactions.outcomes import DuplicateReference, IdempotencyConflict, Rejected, Reversed
from honeyguide.transactions.own_hold import settled
from honeyguide.transactions.requests import ById, ReverseRequest, VoidRequest, Whole
from honeyguide.transactions.reverse_transaction import reverse_transaction
from honeyguide.transactions.settle_intent import VoidIntent

PAGE = 100
_AT_ONCE = 10
_FIRST, _LAST = UUID(int=0), UUID(int=2**128 - 1)
_SQL = statements(__package__, "odd_tills.sql")


@dataclass(frozen=True, slots=True)
class Span:
    """Posted from `since` and before `until`."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class NotReversed:
    """What stayed, and why."""

    post: Recorded
    code: str


@dataclass(frozen=True, slots=True)
class PostsReversed:
    """`voided`: holds that were open. `before`: where the next page begins; None after the last."""

    reversed_: int
    voided: int
    stayed: tuple[NotReversed, ...]
    before: UUID | None


async def posts_of(
    executor: Executor, program_id: UUID, what: Frozen, span: Span, section: Section, open_at: datetime | None = None
) -> list[Recorded]:
    """The newest first, by id; purchases, redemptions, and what was reversed there; with `open_at` also what is held then."""
    rows = await executor.fetch(
        section.of(_SQL["posts_of"]),
        program_id,
        what.partner_id,
        max(first_id(span.since), section.before[0] if section.before else _FIRST),
        section.after[0] if section.after else _LAST,
        span.since,
        span.until,
        what.location,
        what.cashier,
        what.credential,
        section.limit,
        open_at is not None,
        open_at,
    )
    return [recorded_of(row) for row in rows]


async def reverse_posts(desk: Desk, idempotency_key: str, what: Frozen, span: Span, note: str, after: UUID | None = None) -> PostsReversed:
    """One page of them, those older than `after`, each wholly and under a key of its own, so that whoever is cut off goes on where he was (R1).

    What is left of each is reversed as its own partner would (R19-R25), and what it holds goes back (R14); a return that was made there is
    no transaction to reverse. The operator's own stay: nobody gives himself back what he redeemed.
    """
    posts = await posts_of(desk.database.pool, desk.program_id, what, span, Section(PAGE, (after,) if after else None), desk.now)
    own = await _own(desk, posts)
    stayed: list[NotReversed] = []
    for first in range(0, len(posts), _AT_ONCE):
        few = posts[first : first + _AT_ONCE]
        codes = await asyncio.gather(*(_take_back(desk, idempotency_key, post, note, own) for post in few))
        stayed += (NotReversed(post, code) for post, code in zip(few, codes, strict=True) if code is not None)
    held = sum(post.kind is TransactionKind.AUTHORIZATION for post in posts)
    held_still = sum(one.post.kind is TransactionKind.AUTHORIZATION for one in stayed)
    reversed_ = len(posts) - held - (len(stayed) - held_still)
    return PostsReversed(reversed_, held - held_still, tuple(stayed), posts[-1].transaction_id if len(posts) == PAGE else None)


async def _own(desk: Desk, posts: Sequence[Recorded]) -> frozenset[UUID]:
    """Whose posts are the operator's own; that he tried is in the trail."""
    own = await own_accounts(desk.database.pool, desk.caller, list({post.member_id for post in posts}))
    for member_id in own:
        await note_refused(desk.database.pool, desk.caller, member_id, "reversePosts", desk.now)
    return own


async def _take_back(desk: Desk, idempotency_key: str, post: Recorded, note: str, own: frozenset[UUID]) -> str | None:
    """None, or why it stays."""
    if post.member_id in own:
        return OWN_ACCOUNT
    key = f"{idempotency_key}/{post.transaction_id}"
    if post.kind is TransactionKind.AUTHORIZATION:
        return await _void(desk, key, post, note)
    return await _reverse(desk, key, post, note)


async def _void(desk: Desk, key: str, hold: Recorded, note: str) -> str | None:
    """By the operator: no shop's own hold, as a shop would say."""
    request = VoidRequest(key, hold_id=hold.transaction_id, member_id=hold.member_id)
    facts = {"by": desk.caller.subject, "note": note}
    intent = VoidIntent(desk.applied, uuid7(), desk.key("reversePosts", request), hold, desk.now, facts=facts)
    match settled(await desk.till.submit(intent)):
        case IdempotencyConflict():
            return "IDEMPOTENCY_CONFLICT"
        case Rejected(code=code):
            return code
    return None


async def _reverse(desk: Desk, key: str, post: Recorded, note: str) -> str | None:
    request = ReverseRequest(
        idempotency_key=key,
        transaction=ById(post.member_id, post.transaction_id),
        reference=f"operator/{post.transaction_id}",
        what=Whole(),
        note=note,
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
