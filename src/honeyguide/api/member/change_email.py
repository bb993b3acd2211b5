"""A member gets an e-mail address, the first or another one: a code goes there, and comes back."""

from __future__ import annotations

import math
from typing import Annotated

import strawberry

from honeyguide.api import refusal
from honeyguide.api.context import Info, RequestContext
from honeyguide.api.keys import checked_text
from honeyguide.api.problems import Throttled
from honeyguide.api.types.refusals import TransactionRejected
from honeyguide.identity.sessions.change_email import confirm_email as use_case
from honeyguide.identity.sessions.desk import spoken
from honeyguide.identity.sessions.send_code import send_address_code
from honeyguide.till.outcomes import Refusal
from honeyguide.transactions.outcomes import Rejected


@strawberry.input(description="The address that the member wants to have.")
class ChangeEmailInput:
    email: str = strawberry.field(description="A code is sent there; whose address it is already gets a letter that says so instead.")


@strawberry.input(description="The address, proved.")
class ConfirmEmailInput:
    email: str = strawberry.field(description="As in changeEmail.")
    code: str = strawberry.field(description="The eight digits of the letter: five tries, ten minutes.")


@strawberry.type(description="The same for every address, whoever has it.")
class EmailCodeSent:
    sent: bool = strawberry.field(description="Always true.")


@strawberry.type(description="The address is the member's; the former one is told, and opens nothing any more.")
class EmailConfirmed:
    email: str = strawberry.field(description="In its stored spelling.")


ChangeEmailResult = Annotated[
    EmailCodeSent | TransactionRejected, strawberry.union("ChangeEmailResult", description="What became of changeEmail.")
]
ConfirmEmailResult = Annotated[
    EmailConfirmed | TransactionRejected, strawberry.union("ConfirmEmailResult", description="What became of confirmEmail.")
]
ChangeInput = Annotated[ChangeEmailInput, strawberry.argument(description="The address.")]
ConfirmInput = Annotated[ConfirmEmailInput, strawberry.argument(description="The address and its code.")]


async def change_email(info: Info, input: ChangeInput) -> ChangeEmailResult:
    context, desk = info.context, info.context.services.sign_in_desk
    email = checked_text(input.email, "email")
    if (wait := desk.limits.changes.take(str(context.caller.member_id))) > 0:
        raise Throttled("Too many letters; try again later.", math.ceil(wait))
    if not await send_address_code(desk, context.applied, context.caller.member_id, email, _language(context), context.now):
        return refusal.rejected(context, Rejected("INVALID_VALUE", ("email",)))
    return EmailCodeSent(sent=True)


async def confirm_email(info: Info, input: ConfirmInput) -> ConfirmEmailResult:
    context, desk = info.context, info.context.services.sign_in_desk
    email, code = checked_text(input.email, "email"), checked_text(input.code, "code")
    answer = await use_case(desk, context.applied, context.caller.member_id, email, code, _language(context), context.now)
    if isinstance(answer, Refusal):
        return refusal.refused(context, answer)
    return EmailConfirmed(email=answer)


def _language(context: RequestContext) -> str:
    return spoken([context.language], context.applied)
