"""The operator gives or takes by hand, with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, cast

import strawberry

from honeyguide.api.context import Info, RequestContext
from honeyguide.api.dashboard import Part, account_parts
from honeyguide.api.keys import KEY_IN_WORDS, checked_key, checked_note
from honeyguide.api.lookahead import selection_of
from honeyguide.api.operator.by_hand import hands_of, not_done
from honeyguide.api.operator.guesses import check_guesses, count_guess
from honeyguide.api.posts import as_posted
from honeyguide.api.types.account import Account
from honeyguide.api.types.approval import AwaitsApproval
from honeyguide.api.types.converted import converted
from honeyguide.api.types.described import described
from honeyguide.api.types.errors import IdempotencyConflict, MemberNotFound
from honeyguide.api.types.lookup import MemberLookup, read_lookup
from honeyguide.api.types.refusals import InsufficientBalance, LimitExceeded, TransactionRejected
from honeyguide.api.types.standing import standings
from honeyguide.api.types.statement import accounts
from honeyguide.api.types.transaction import Transaction
from honeyguide.identity.second_approver.by_hand import by_hand
from honeyguide.ledger.recorded import Recorded
from honeyguide.till.outcomes import Posted
from honeyguide.transactions import outcomes
from honeyguide.transactions.requests import AdjustRequest


@described(
    "Why an account is adjusted.",
    GOODWILL="To make good.",
    CORRECTION="To correct a mistake.",
    MIGRATION="Brought over from another system.",
    OTHER="As the note says.",
)
class AdjustmentReason(StrEnum):
    GOODWILL = "GOODWILL"
    CORRECTION = "CORRECTION"
    MIGRATION = "MIGRATION"
    OTHER = "OTHER"


def _request(value: Mapping[str, Any]) -> AdjustRequest:
    return AdjustRequest(
        idempotency_key=checked_key(value["idempotencyKey"]),
        member=read_lookup(value["member"]),
        unit=value["unit"],
        quantity=value["quantity"],
        reason=str(value["reason"]),
        note=checked_note(value["note"]),
        expires_on=value.get("expiresOn"),
    )


@converted(_request)
@strawberry.input(description="An adjustment.")
class AdjustAccountInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    member: MemberLookup = strawberry.field(description="Whose account.")
    unit: str = strawberry.field(description="The unit's code.")
    quantity: Decimal = strawberry.field(description="Above zero gives, below zero takes.")
    reason: AdjustmentReason = strawberry.field(description="Why.")
    note: str = strawberry.field(description="Why, in words, for the records.")
    expires_on: date | None = strawberry.field(
        default=strawberry.UNSET, description="The last day of what is given; default the program's rule."
    )


@strawberry.type(description="It was given or taken.")
class AccountAdjusted:
    transaction: Transaction = strawberry.field(description="The adjustment in the books.")
    account: Account = strawberry.field(description="The account as it is now.")
    replayed: bool = strawberry.field(description="Whether this key had adjusted it before; then this is the first answer again.")


AdjustAccountResult = Annotated[
    AccountAdjusted | AwaitsApproval | LimitExceeded | MemberNotFound | InsufficientBalance | IdempotencyConflict | TransactionRejected,
    strawberry.union("AdjustAccountResult", description="What became of an adjustment."),
]
Input = Annotated[AdjustAccountInput, strawberry.argument(description="The adjustment.")]


async def adjust_account(info: Info, input: Input) -> AdjustAccountResult:
    context, request = info.context, cast(AdjustRequest, input)
    check_guesses(context)
    answer = await by_hand(hands_of(context), request)
    if isinstance(answer, Posted):
        return await _adjusted(info, answer.recorded, answer.replayed)
    if isinstance(answer, outcomes.MemberNotFound):
        count_guess(context)
    return not_done(context, answer)


async def _adjusted(info: Info, recorded: Recorded, replayed: bool) -> AccountAdjusted:
    context: RequestContext = info.context
    below = selection_of(info, "AccountAdjusted").named("account")
    parts = [Part("profile", "profile"), *(account_parts(below, context.program) if below else [Part("balances", "balances")])]
    standing = (await standings(context, [recorded.member_id], parts))[recorded.member_id]
    unit = recorded.detail["unit"]
    account = next(one for one in accounts(standing.read, context.program, recorded.member_id) if one.unit.code == unit)
    return AccountAdjusted(transaction=as_posted(context, None, recorded), account=account, replayed=replayed)
