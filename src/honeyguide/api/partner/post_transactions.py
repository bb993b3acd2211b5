"""A till posts up to 500 purchases at once, each with an answer of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Annotated, Any, cast

import strawberry

from honeyguide.api.context import Info, RequestContext
from honeyguide.api.input_refused import InputRefused
from honeyguide.api.partner.desk import check_misses, desk_of
from honeyguide.api.partner.post_outcome import PostTransactionResult, post_result
from honeyguide.api.partner.purchase_input import PostTransactionInput, post_request
from honeyguide.api.refusal import said
from honeyguide.api.types.converted import converted
from honeyguide.api.types.errors import ErrorCode, UserError
from honeyguide.api.types.lists import batch_results
from honeyguide.api.types.partner import Partner
from honeyguide.transactions import post_transaction as use_case
from honeyguide.transactions.outcomes import PostOutcome, Rejected
from honeyguide.transactions.requests import PostRequest

MOST_POSTS = 500
# So many are converted, or answered, before other requests get their turn.
TURN = 20


# Converted below in slices that yield, so all that is taken here is the coerced list.
@converted(lambda value: value["transactions"])
@strawberry.input(description="Purchases to post.")
class PostTransactionsInput:
    transactions: list[PostTransactionInput] = strawberry.field(description="At most 500.")


@strawberry.type(description="The batch was taken; each item has its own answer.")
class BatchPosted:
    context: strawberry.Private[RequestContext]
    partner: strawberry.Private[Partner]
    outcomes: strawberry.Private[Sequence[PostOutcome]]

    @batch_results("Results in the order of the input.", MOST_POSTS)
    def results(self) -> list[PostTransactionResult]:
        return cast(list[PostTransactionResult], self._results())

    async def _results(self) -> AsyncIterator[PostTransactionResult]:
        """One by one, for graphql-core completes what it gets at once without a pause."""
        for number, outcome in enumerate(self.outcomes):
            yield await post_result(self.context, self.partner, outcome)
            if number % TURN == TURN - 1:
                await asyncio.sleep(0)


@strawberry.type(description="More than 500; nothing was written.")
class BatchTooLarge(UserError):
    pass


PostTransactionsResult = Annotated[
    BatchPosted | BatchTooLarge,
    strawberry.union(
        "PostTransactionsResult", description="Results in the order of the input. More than 500: BatchTooLarge, nothing written."
    ),
]
Input = Annotated[PostTransactionsInput, strawberry.argument(description="The purchases.")]


async def post_transactions(info: Info, input: Input) -> PostTransactionsResult:
    context, items = info.context, cast(Sequence[Mapping[str, Any]], input)
    if len(items) > MOST_POSTS:
        return BatchTooLarge(**said(context, ErrorCode.BATCH_TOO_LARGE, ("transactions",), most=MOST_POSTS))
    check_misses(context)
    read = await _read(items)
    requests = [one for one in read if isinstance(one, PostRequest)]
    desk = await desk_of(context)
    for location in {request.location for request in requests} - {None, *desk.partner.locations}:
        desk = await desk_of(context, location)
    posted = iter(await use_case.post_transactions(desk, requests))
    outcomes = [one if isinstance(one, Rejected) else next(posted) for one in read]
    return BatchPosted(context=context, partner=Partner.of(desk.partner), outcomes=outcomes)


async def _read(items: Sequence[Mapping[str, Any]]) -> list[PostRequest | Rejected]:
    """What was typed wrong into one is that one's refusal."""
    requests: list[PostRequest | Rejected] = []
    for number, item in enumerate(items):
        try:
            requests.append(post_request(item))
        except InputRefused as refused:
            requests.append(Rejected(refused.refusal, refused.field, facts=refused.facts))
        if number % TURN == TURN - 1:
            await asyncio.sleep(0)
    return requests
