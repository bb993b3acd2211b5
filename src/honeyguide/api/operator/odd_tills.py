"""Which tills are unlike the others, what somebody posted, and all of it taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, cast
from uuid import UUID

import strawberry

from honeyguide.api import refusal
from honeyguide.api.context import Info, RequestContext
from honeyguide.api.input_refused import InputRefused
from honeyguide.api.keys import SHORTEST_KEY, checked_key, checked_note, checked_text
from honeyguide.api.operator.partner_desk import desk_at
from honeyguide.api.posts import posts_shown
from honeyguide.api.problems import BadArgument
from honeyguide.api.types.converted import converted
from honeyguide.api.types.errors import ErrorCode
from honeyguide.api.types.lists import list_field
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.api.types.page import After, Before, First, Last, cursor_of, given, page_info, page_of
from honeyguide.api.types.partner import Partner
from honeyguide.api.types.refusals import TransactionRejected
from honeyguide.api.types.transaction import Transaction, TransactionConnection, TransactionEdge
from honeyguide.api.words.messages import message
from honeyguide.api.words.odd_figures import figure_words
from honeyguide.coalition.freeze_till import Frozen
from honeyguide.ledger.recorded import Recorded
from honeyguide.transactions import odd_tills as use_case
from honeyguide.transactions import outcomes, posts_of

LONGEST = timedelta(days=366)
LONGEST_KEY = 200  # each post is reversed under a key of its own, made of it
From = Annotated[datetime, strawberry.argument(description="Posted from then on.", name="from")]
To = Annotated[datetime, strawberry.argument(description="And before.")]
Most = Annotated[int | None, strawberry.argument(description="At most so many, 1 to 100; default 20.")]


@strawberry.type(description="A figure by which a till is unlike its partner's others.")
class OddFigure:
    name: str = strawberry.field(description="Which figure, for programs.")
    why: str = strawberry.field(description="The same for people, with the figures, in the caller's language.")
    hits: int = strawberry.field(description="How many of them.")
    total: int = strawberry.field(description="Of how many.")
    per_mille: int = strawberry.field(description="The share, in thousandths.")
    median_per_mille: int = strawberry.field(description="That of the middle one of the partner's tills.")


@strawberry.type(description="A till that is unlike the others: where to look, no proof of anything.")
class OddTill:
    partner: Partner = strawberry.field(description="Whose.")
    location: str | None = strawberry.field(description="The code of the shop; null: the posts that name none.")
    cashier: str | None = strawberry.field(description="The cashier; null: the posts that name none.")
    purchases: int = strawberry.field(description="How many purchases it posted.")
    redemptions: int = strawberry.field(description="How many redemptions.")
    reversals: int = strawberry.field(description="How many it took back.")
    figures: list[OddFigure] = list_field("What is odd, the oddest first.", 10)


async def odd_tills(info: Info, from_: From, to: To, first: Most = strawberry.UNSET) -> list[OddTill]:
    context, most = info.context, given(first)
    if not timedelta(0) < to - from_ <= use_case.LONGEST:
        raise InputRefused(("to",), days=use_case.LONGEST.days)
    if most is not None and not 1 <= most <= use_case.MOST_TILLS:
        raise BadArgument(f"first must be 1 to {use_case.MOST_TILLS}.", ("first",))
    pool, program_id = context.services.database.pool, context.caller.program_id
    found = []
    for till in await use_case.odd_tills(pool, program_id, context.program, from_, to, 20 if most is None else most):
        partner = await context.partner(till.partner_id)
        if partner is not None:
            found.append(_till(context, Partner.of(partner), till))
    return found


def _till(context: RequestContext, partner: Partner, till: use_case.OddTill) -> OddTill:
    return OddTill(
        partner=partner,
        location=till.location or None,
        cashier=till.cashier or None,
        purchases=till.purchases,
        redemptions=till.redemptions,
        reversals=till.reversals,
        figures=[_figure(context, one) for one in till.figures],
    )


def _figure(context: RequestContext, one: use_case.OddFigure) -> OddFigure:
    words = figure_words(context.language, one)
    return OddFigure(name=one.name, why=words, hits=one.hits, total=one.total, per_mille=one.share, median_per_mille=one.median)


@dataclass(frozen=True, slots=True)
class _Asked:
    what: Frozen
    span: posts_of.Span


def _asked(value: Mapping[str, Any]) -> _Asked:
    since, until = value["from"], value["to"]
    names = {name: checked_text(value.get(name), name) for name in ("location", "cashier", "credential")}
    if not timedelta(0) < until - since <= LONGEST:
        raise InputRefused(("to",), days=LONGEST.days)
    if not any(names.values()):
        raise InputRefused(("cashier",), named=0)
    return _Asked(Frozen(NodeId.of_kind(NodeKind.PARTNER, value["partner"]).key, **names), posts_of.Span(since, until))


@converted(lambda value: _within("of", value))
@strawberry.input(description="Whose posts: those to which all that is named applies; at least one of location, cashier and credential.")
class PostsOfInput:
    partner: strawberry.ID = strawberry.field(description="The partner.")
    location: str | None = strawberry.field(default=strawberry.UNSET, description="The code of a shop.")
    cashier: str | None = strawberry.field(default=strawberry.UNSET, description="A cashier.")
    credential: str | None = strawberry.field(default=strawberry.UNSET, description="The client id of a credential.")
    from_: datetime = strawberry.field(name="from", description="Posted from then on, whenever it is said to have happened.")
    to: datetime = strawberry.field(description="And before; at most a year.")


Posts = Annotated[PostsOfInput, strawberry.argument(description="Whose posts.")]


def _within(name: str, value: Mapping[str, Any]) -> _Asked:
    try:
        return _asked(value)
    except InputRefused as refused:
        raise refused.under(name) from None


async def posted_by(
    info: Info,
    of: Posts,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> TransactionConnection:
    context, asked = info.context, cast(_Asked, of)
    page = page_of((UUID,), given(first), given(after), given(last), given(before))
    found = await posts_of.posts_of(context.services.database.pool, context.caller.program_id, asked.what, asked.span, page.section)
    rows, info_of_page = page_info(page, found, _key)
    shown = await posts_shown(context, rows)
    edges = [TransactionEdge(cursor=cursor_of(_key(row)), node=node) for row, node in zip(rows, shown, strict=True)]
    return TransactionConnection(edges=edges, page_info=info_of_page)


@dataclass(frozen=True, slots=True)
class _Reversing:
    idempotency_key: str
    asked: _Asked
    after: UUID | None
    note: str


def _reversing(value: Mapping[str, Any]) -> _Reversing:
    note = checked_note(value["note"])
    key = checked_key(value["idempotencyKey"])
    if len(key) > LONGEST_KEY:
        raise InputRefused(("idempotencyKey",), shortest=SHORTEST_KEY, longest=LONGEST_KEY)
    return _Reversing(key, _within("posts", value["posts"]), _after(value.get("after")), note)


def _after(cursor: str | None) -> UUID | None:
    try:
        page = page_of((UUID,), None, cursor)
    except BadArgument:
        raise InputRefused(("after",)) from None
    return page.after[0] if page.after else None


@converted(_reversing)
@strawberry.input(description="Posts that are taken back, up to 100 a call.")
class ReversePostsInput:
    idempotency_key: str = strawberry.field(description="8 to 200 characters; the same for all pages: each post is reversed once under it.")
    posts: PostsOfInput = strawberry.field(description="Whose posts.")
    after: str | None = strawberry.field(default=strawberry.UNSET, description="Where the page before ended.")
    note: str = strawberry.field(description="Why, in words, for the records; nothing personal.")


@strawberry.type(description="A post that stayed.")
class NotReversed:
    transaction: Transaction = strawberry.field(description="Which.")
    code: ErrorCode = strawberry.field(description="Why, for programs.")
    message: str = strawberry.field(description="Why, for people.")


@strawberry.type(description="What became of up to 100 posts, the newest first.")
class PostsReversed:
    reversed: int = strawberry.field(description="How many were taken back, now or under this key before.")
    voided: int = strawberry.field(description="How many open holds were given back now.")
    stayed: list[NotReversed] = list_field("Those that could not be, and why.", 100)
    next: str | None = strawberry.field(description="Where the next page begins; null after the last.")


ReversePostsResult = Annotated[
    PostsReversed | TransactionRejected, strawberry.union("ReversePostsResult", description="What became of reversePosts.")
]
Input = Annotated[ReversePostsInput, strawberry.argument(description="Whose posts.")]


async def reverse_posts(info: Info, input: Input) -> ReversePostsResult:
    context, request = info.context, cast(_Reversing, input)
    desk = await desk_at(context, request.asked.what.partner_id)
    if desk is None:
        return refusal.rejected(context, outcomes.Rejected("NOT_FOUND", ("posts", "partner")))
    asked = request.asked
    done = await posts_of.reverse_posts(desk, request.idempotency_key, asked.what, asked.span, request.note, request.after)
    shown = await posts_shown(context, [one.post for one in done.stayed])
    stayed = [_stayed(context, one.code, post) for one, post in zip(done.stayed, shown, strict=True)]
    following = cursor_of((str(done.before),)) if done.before else None
    return PostsReversed(reversed=done.reversed_, voided=done.voided, stayed=stayed, next=following)


def _stayed(context: RequestContext, code: str, transaction: Transaction) -> NotReversed:
    known = ErrorCode(code)
    return NotReversed(transaction=transaction, code=known, message=message(known, context.language, ("transaction",)))


def _key(row: Recorded) -> tuple[str]:
    return (str(row.transaction_id),)
