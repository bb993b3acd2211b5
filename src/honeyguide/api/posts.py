"""Transactions of the books with what became of them: one read for all that an answer shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from honeyguide.api.context import RequestContext
from honeyguide.api.rows import with_unmet
from honeyguide.api.types.partner import Partner
from honeyguide.api.types.transaction import Transaction, transaction_of
from honeyguide.ledger.books import reversals_of
from honeyguide.ledger.recorded import Recorded, TransactionKind


async def posts_shown(context: RequestContext, posts: Sequence[Recorded]) -> list[Transaction]:
    """As they are now, reversals included, in the order given."""
    reversals = await reversals_of(context.services.database.pool, context.caller.program_id, posts)
    shown = []
    for post in posts:
        partner = await _partner(context, post)
        if post.kind is TransactionKind.PURCHASE and partner is not None:
            post = replace(post, detail=await with_unmet(_row(post), partner, context))
        shown.append(as_posted(context, partner, post, reversals.get(post.transaction_id, ())))
    return shown


def as_posted(context: RequestContext, partner: Partner | None, post: Recorded, reversals: Sequence[Recorded] = ()) -> Transaction:
    """As it was posted, or as these reversals left it."""
    row = {**_row(post), "reversals": [_row(reversal) for reversal in reversals]}
    return transaction_of(row, context.program, partner, context.now)


async def _partner(context: RequestContext, post: Recorded) -> Partner | None:
    registered = await context.partner(post.partner_id) if post.partner_id is not None else None
    return Partner.of(registered) if registered else None


def _row(recorded: Recorded) -> dict[str, Any]:
    return {name: getattr(recorded, name) for name in Recorded.__slots__}
