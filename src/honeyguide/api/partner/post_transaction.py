"""A till posts a purchase."""

from __future__ import annotations

from typing import Annotated, cast

import strawberry

from honeyguide.api.context import Info
from honeyguide.api.partner.desk import check_misses, desk_of
from honeyguide.api.partner.post_outcome import PostTransactionResult, post_result
from honeyguide.api.partner.purchase_input import PostTransactionInput
from honeyguide.api.types.partner import Partner
from honeyguide.transactions import post_transaction as use_case
from honeyguide.transactions.requests import PostRequest

Input = Annotated[PostTransactionInput, strawberry.argument(description="The purchase.")]


async def post_transaction(info: Info, input: Input) -> PostTransactionResult:
    request = cast(PostRequest, input)
    check_misses(info.context)
    desk = await desk_of(info.context, request.location)
    outcome = await use_case.post_transaction(desk, request)
    return await post_result(info.context, Partner.of(desk.partner), outcome)
