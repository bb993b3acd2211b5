"""The member leaves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, cast

import strawberry

from honeyguide.api import refusal
from honeyguide.api.context import Info, RequestContext
from honeyguide.api.dashboard import Part
from honeyguide.api.keys import KEY_IN_WORDS, checked_key
from honeyguide.api.types.errors import IdempotencyConflict
from honeyguide.api.types.lists import MOST_UNITS, list_field
from honeyguide.api.types.money import Money
from honeyguide.api.types.refusals import TransactionRejected
from honeyguide.api.types.standing import standings
from honeyguide.api.types.unit import Unit
from honeyguide.members import close_account as use_case
from honeyguide.till.outcomes import Posted
from honeyguide.transactions import outcomes
from honeyguide.transactions.answers import answer_of


@strawberry.input(
    description="An account to close; what is unspent is forfeited or paid out as the program says, and nobody can take that back."
)
class CloseAccountInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    member_number: str = strawberry.field(description="The member's own number, typed as a confirmation.")


@strawberry.type(description="What became of one unit at the end.")
class Settled:
    unit: Unit = strawberry.field(description="Which unit.")
    forfeited: Decimal = strawberry.field(description="How much was forfeited, pending included.")
    paid_out: Decimal = strawberry.field(description="How much was paid out.")
    payout: Money | None = strawberry.field(description="What was paid for it; null where nothing was.")
    written_off: Decimal = strawberry.field(description="How much was owed and need not be repaid.")

    @classmethod
    def all_of(cls, context: RequestContext, detail: Mapping[str, Any]) -> list[Settled]:
        program = context.program
        return [cls._of(context, Unit.of(program, code), row) for code, row in detail["units"].items() if code in program.units]

    @classmethod
    def _of(cls, context: RequestContext, unit: Unit, row: Mapping[str, int]) -> Settled:
        return cls(
            unit=unit,
            forfeited=unit.quantity(row["forfeited"]),
            paid_out=unit.quantity(row["paid_out"]),
            payout=Money.of(row["payout"], context.program.currency) if row["paid_out"] else None,
            written_off=unit.quantity(row["written_off"]),
        )


@strawberry.type(description="The membership has ended; cards on phones are void.")
class AccountClosed:
    closed_at: datetime = strawberry.field(description="When it ended.")
    settled: list[Settled] = list_field("What became of each unit.", MOST_UNITS)
    replayed: bool = strawberry.field(description="Whether this key had closed it before; then this is the first answer again.")


CloseAccountResult = Annotated[
    AccountClosed | IdempotencyConflict | TransactionRejected,
    strawberry.union("CloseAccountResult", description="What became of closeAccount."),
]
Input = Annotated[CloseAccountInput, strawberry.argument(description="The account, confirmed.")]


async def close_account(info: Info, input: Input) -> CloseAccountResult:
    context = info.context
    request = use_case.CloseAccount(checked_key(input.idempotency_key))
    if not await _is_own_number(context, input.member_number):
        return refusal.rejected(context, outcomes.Rejected("INVALID_VALUE", ("memberNumber",)))
    outcome = answer_of(await use_case.close_account(context.call, request))
    match outcome:
        case Posted(recorded=recorded, replayed=replayed):
            settled = Settled.all_of(context, recorded.detail)
            return AccountClosed(closed_at=recorded.posted_at, settled=settled, replayed=replayed)
        case outcomes.IdempotencyConflict():
            return refusal.idempotency_conflict(context)
        case outcomes.MemberNotFound():  # the token is of a member that never was
            return refusal.rejected(context, outcomes.Rejected("ACCOUNT_CLOSED"))
    return refusal.rejected(context, cast(outcomes.Rejected, outcome))


async def _is_own_number(context: RequestContext, text: str) -> bool:
    member_id = context.caller.member_id
    standing = (await standings(context, [member_id], [Part("profile", "profile")])).get(member_id)
    return standing is not None and standing.profile["member_number"] == "".join(text.split()).replace("-", "")
