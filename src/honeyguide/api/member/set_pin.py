"""A member sets a PIN to type at tills, or takes it away."""

from __future__ import annotations

import math
from typing import Annotated

import strawberry

from honeyguide.api import refusal
from honeyguide.api.context import Info
from honeyguide.api.problems import Throttled
from honeyguide.api.types.card import MemberPin
from honeyguide.api.types.refusals import TransactionRejected
from honeyguide.identity.credentials import HashingBusy
from honeyguide.members import pin as use_case


@strawberry.input(description="A PIN; setting it anew also unlocks it.")
class SetPinInput:
    pin: str = strawberry.field(description="4 to 8 digits; years, rows and repetitions are refused.")


@strawberry.type(description="The PIN counts from now on.")
class PinSet:
    pin: MemberPin = strawberry.field(description="Its state; what it is nobody can read again.")


@strawberry.type(description="There is no PIN any more.")
class PinRemoved:
    removed: bool = strawberry.field(description="Whether there was one.")


SetPinResult = Annotated[PinSet | TransactionRejected, strawberry.union("SetPinResult", description="What became of setPin.")]
Input = Annotated[SetPinInput, strawberry.argument(description="The PIN.")]


async def set_pin(info: Info, input: Input) -> SetPinResult:
    context, services, caller = info.context, info.context.services, info.context.caller
    if (wait := services.pin_tries.take(caller.scope)) > 0:  # each costs a hash
        raise Throttled("Too many PINs; try again later.", math.ceil(wait))
    try:
        refused = await use_case.set_pin(
            services.database, services.cipher, services.pin_hasher, caller.program_id, caller.member_id, input.pin, context.now
        )
    except HashingBusy:
        raise Throttled("Too busy now; try again in a moment.", 1) from None
    if refused is not None:
        return refusal.refused(context, refused)
    return PinSet(pin=MemberPin.of(use_case.PinState(context.now, 0, None), context.now))


async def remove_pin(info: Info) -> PinRemoved:
    caller = info.context.caller
    return PinRemoved(removed=await use_case.remove_pin(info.context.services.database.pool, caller.program_id, caller.member_id))
