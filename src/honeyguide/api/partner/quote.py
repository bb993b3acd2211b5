"""What a purchase would earn and what may be redeemed; writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, cast

import strawberry

from honeyguide.api import refusal
from honeyguide.api.context import Info, RequestContext
from honeyguide.api.keys import checked_text
from honeyguide.api.partner.desk import check_misses, count_miss, desk_of
from honeyguide.api.partner.partner_member import PartnerAccount, partner_accounts
from honeyguide.api.partner.purchase_input import LineInput, line_requests
from honeyguide.api.types.converted import converted
from honeyguide.api.types.errors import MemberNotFound
from honeyguide.api.types.lists import MOST_REASONS, MOST_UNITS, list_field
from honeyguide.api.types.lookup import MemberLookup, read_lookup
from honeyguide.api.types.money import MoneyInput
from honeyguide.api.types.refusals import TransactionRejected
from honeyguide.api.types.transaction import Accrual, Reason, reasons_of
from honeyguide.transactions import outcomes
from honeyguide.transactions import quote as use_case
from honeyguide.transactions.purchase_detail import because_detail
from honeyguide.transactions.requests import QuoteRequest


def _request(value: Mapping[str, Any]) -> QuoteRequest:
    location = checked_text(value.get("location"), "location")
    member, amount = value.get("member"), value["amount"]
    return QuoteRequest(
        member=read_lookup(member, location) if member is not None else None,
        amount=amount["amount"],
        currency=amount["currency"],
        lines=line_requests(value.get("lines")),
        occurred_at=value.get("occurredAt"),
        location=location,
    )


@converted(_request)
@strawberry.input(description="A purchase that may come to be.")
class QuoteInput:
    member: MemberLookup | None = strawberry.field(default=strawberry.UNSET, description="Who buys; none: somebody who would join now.")
    occurred_at: datetime | None = strawberry.field(default=strawberry.UNSET, description="When; default now.")
    amount: MoneyInput = strawberry.field(description="What it costs in all.")
    lines: list[LineInput] | None = strawberry.field(default=strawberry.UNSET, description="At most 500; they sum to the amount.")
    location: str | None = strawberry.field(default=strawberry.UNSET, description="The code of the shop.")


@strawberry.type(description="What the purchase would bring.")
class Quote:
    accruals: list[Accrual] = list_field("What it would earn.", 20)
    missed: list[Reason] = list_field("What it would not earn, and why: what lacks to the next step, what a cap cuts.", MOST_REASONS)
    redeemable: list[PartnerAccount] = list_field("What the member may redeem now; empty without a member.", MOST_UNITS)


QuoteResult = Annotated[Quote | MemberNotFound | TransactionRejected, strawberry.union("QuoteResult", description="What a quote answers.")]
Input = Annotated[QuoteInput, strawberry.argument(description="The purchase.")]


async def quote(info: Info, input: Input) -> QuoteResult:
    context, request = info.context, cast(QuoteRequest, input)
    check_misses(context)
    desk = await desk_of(context, request.location)
    match await use_case.quote(desk, request):
        case outcomes.MemberNotFound(path=path):
            count_miss(context)
            return refusal.member_not_found(context, path)
        case outcomes.Rejected() as rejected:
            return refusal.rejected(context, rejected)
        case use_case.Quoted() as quoted:
            return _quote(context, quoted)
    raise AssertionError("a quote has three answers")


def _quote(context: RequestContext, quoted: use_case.Quoted) -> Quote:
    program = context.program
    accruals = [
        {
            "unit": accrual.unit,
            "quantity": accrual.quantity,
            "available_at": accrual.available_at,
            "expires_at": accrual.expires_at,
            "because": [because_detail(because) for because in accrual.because],
        }
        for accrual in quoted.evaluation.accruals
    ]
    return Quote(
        accruals=[Accrual.of(program, accrual, context.now) for accrual in accruals],
        missed=reasons_of(program, [because_detail(because) for because in quoted.evaluation.missed]),
        redeemable=partner_accounts(context, quoted.redeemable),
    )
