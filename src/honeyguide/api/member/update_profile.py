"""The member says who he is and when he is not to be disturbed."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from honeyguide.api import refusal
from honeyguide.api.context import Info
from honeyguide.api.keys import KEY_IN_WORDS, checked_key, checked_text
from honeyguide.api.lookahead import selection_of
from honeyguide.api.member.me import member_of
from honeyguide.api.types.errors import IdempotencyConflict
from honeyguide.api.types.member import Member
from honeyguide.api.types.refusals import TransactionRejected
from honeyguide.members import update_profile as use_case
from honeyguide.members.update_profile import Left
from honeyguide.till.outcomes import KeyConflict, Refused
from honeyguide.transactions.outcomes import Rejected


@strawberry.input(description="Two times of the day by the member's clock; both the same: the member wants no quiet hours.")
class QuietHoursInput:
    begin: str = strawberry.field(name="from", description="When it becomes quiet, HH:MM.")
    until: str = strawberry.field(description="When it ends, HH:MM; over midnight where it is earlier than `from`.")


@strawberry.input(
    description="What is left out stays as it is; null takes away what was said. The e-mail address is changed by proving it."
)
class UpdateProfileInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    display_name: str | None = strawberry.field(
        default=strawberry.UNSET, description="1 to 80 characters; none that cannot be seen or that turn the direction of reading."
    )
    locale: str | None = strawberry.field(default=strawberry.UNSET, description="The member's language, BCP 47; not null.")
    time_zone: str | None = strawberry.field(default=strawberry.UNSET, description="IANA name; null: the program's.")
    quiet_hours: QuietHoursInput | None = strawberry.field(
        default=strawberry.UNSET, description="When the member is not written to; null: the program's."
    )
    birth_date: date | None = strawberry.field(default=strawberry.UNSET, description="Set once; whoever mistyped it asks the operator.")


@strawberry.type(description="The member as known from now on.")
class ProfileUpdated:
    member: Member | None = strawberry.field(description="The member; null where the membership ended meanwhile.")
    replayed: bool = strawberry.field(description="Whether this key had changed it before.")


UpdateProfileResult = Annotated[
    ProfileUpdated | IdempotencyConflict | TransactionRejected,
    strawberry.union("UpdateProfileResult", description="What became of updateProfile."),
]
Input = Annotated[UpdateProfileInput, strawberry.argument(description="What the member says.")]


async def update_profile(info: Info, input: Input) -> UpdateProfileResult:
    context = info.context
    if input.locale is None:
        return refusal.rejected(context, Rejected("INVALID_VALUE", ("locale",)))
    outcome = await use_case.update_profile(context.call, context.services.vault, _request(input))
    match outcome:
        case KeyConflict():
            return refusal.idempotency_conflict(context)
        case Refused():
            return refusal.refused(context, outcome)
    selected = selection_of(info, "ProfileUpdated")
    return ProfileUpdated(member=await member_of(info, selected.named("member") or selected.nothing()), replayed=outcome.replayed)


def _request(input: UpdateProfileInput) -> use_case.UpdateProfile:
    quiet, left = input.quiet_hours, Left.AS_IT_IS
    return use_case.UpdateProfile(
        idempotency_key=checked_key(input.idempotency_key),
        display_name=left if input.display_name is strawberry.UNSET else checked_text(input.display_name, "displayName"),
        locale=left if input.locale is strawberry.UNSET or input.locale is None else checked_text(input.locale, "locale"),
        time_zone=left if input.time_zone is strawberry.UNSET else checked_text(input.time_zone, "timeZone"),
        quiet_hours=left if quiet is strawberry.UNSET else (quiet.begin, quiet.until) if quiet is not None else None,
        birth_date=input.birth_date or left,
    )
