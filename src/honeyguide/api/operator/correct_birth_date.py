"""The operator corrects a birth date, which members set once."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from honeyguide.api import refusal
from honeyguide.api.context import Info
from honeyguide.api.keys import KEY_IN_WORDS, checked_key
from honeyguide.api.operator.shown import member_shown
from honeyguide.api.types.errors import IdempotencyConflict, MemberNotFound
from honeyguide.api.types.member_record import MemberRecord
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.api.types.refusals import TransactionRejected
from honeyguide.members.endings import survivor_of
from honeyguide.members.update_profile import UpdateProfile, update_profile
from honeyguide.till.outcomes import KeyConflict, Refused


@strawberry.input(description="A birth date that was typed wrong.")
class CorrectBirthDateInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    member: strawberry.ID = strawberry.field(description="The member's id.")
    birth_date: date = strawberry.field(description="The right one.")


@strawberry.type(description="The birth date is the right one now.")
class BirthDateCorrected:
    member: MemberRecord = strawberry.field(description="The member.")
    replayed: bool = strawberry.field(description="Whether this key had corrected it before.")


CorrectBirthDateResult = Annotated[
    BirthDateCorrected | MemberNotFound | IdempotencyConflict | TransactionRejected,
    strawberry.union("CorrectBirthDateResult", description="What became of correctBirthDate."),
]
Input = Annotated[CorrectBirthDateInput, strawberry.argument(description="Whose, and which.")]


async def correct_birth_date(info: Info, input: Input) -> CorrectBirthDateResult:
    context, named = info.context, NodeId.read(input.member)
    request = UpdateProfile(checked_key(input.idempotency_key), birth_date=input.birth_date)
    pool, program_id = context.services.database.pool, context.caller.program_id
    if named is None or named.kind is not NodeKind.MEMBER or await survivor_of(pool, program_id, named.key) is None:
        return refusal.member_not_found(context)
    outcome = await update_profile(context.call, context.services.vault, request, named.key, context.request_id)
    match outcome:
        case KeyConflict():
            return refusal.idempotency_conflict(context)
        case Refused():
            return refusal.refused(context, outcome)
    return BirthDateCorrected(member=await member_shown(info, "BirthDateCorrected", "member", named.key), replayed=outcome.replayed)
