"""A till takes a new member in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any, cast
from uuid import UUID

import strawberry

from honeyguide.api import refusal
from honeyguide.api.context import Info, RequestContext
from honeyguide.api.input_refused import InputRefused, each
from honeyguide.api.keys import KEY_IN_WORDS, checked_key, checked_text
from honeyguide.api.partner.desk import check_misses, count_miss, desk_of
from honeyguide.api.types.converted import converted
from honeyguide.api.types.errors import ErrorCode, IdempotencyConflict
from honeyguide.api.types.lookup import MemberLookup, read_lookup
from honeyguide.api.types.refusals import TransactionRejected
from honeyguide.identity.sessions.guardian import ask_guardian_of
from honeyguide.members import enrol_member as use_case
from honeyguide.members import lookup
from honeyguide.members.enrolment_terms import enrolment_terms
from honeyguide.members.joining import Joining
from honeyguide.members.proof import Proof
from honeyguide.members.set_consent import ConsentWish
from honeyguide.till.outcomes import KeyConflict
from honeyguide.transactions.outcomes import Rejected
from honeyguide.wallet.add.link import add_url
from honeyguide.wallet.store import find_pass_of_style

MOST_CONSENTS = 20


@dataclass(frozen=True, slots=True)
class _Asked:
    enrolment: use_case.EnrolMember
    holder: lookup.MemberLookup | None


def _request(value: Mapping[str, Any]) -> _Asked:
    holder = value.get("holder")
    location = checked_text(value.get("location"), "location")
    return _Asked(_enrolment(value), read_lookup(holder, location) if holder else None)


def _enrolment(value: Mapping[str, Any]) -> use_case.EnrolMember:
    return use_case.EnrolMember(
        idempotency_key=checked_key(value["idempotencyKey"]),
        email=value.get("email"),
        phone=value.get("phone"),
        locale=checked_text(value.get("locale"), "locale"),
        location=checked_text(value.get("location"), "location"),
        joining=Joining(
            display_name=checked_text(value.get("displayName"), "displayName"),
            birth_date=value.get("birthDate"),
            guardian=checked_text(value.get("guardian"), "guardian"),
            consents=_wishes(value.get("consents") or ()),
        ),
    )


def _wishes(values: Sequence[Mapping[str, Any]]) -> tuple[ConsentWish, ...]:
    if len(values) > MOST_CONSENTS:
        raise InputRefused(("consents",), ErrorCode.LIMIT_EXCEEDED, limit=MOST_CONSENTS)
    return each(lambda value: ConsentWish(checked_text(value["purpose"], "purpose"), value["given"]), values, "consents")


@strawberry.input(description="What the person ticked, or left unticked.")
class ConsentInput:
    purpose: str = strawberry.field(description="The program's code of the purpose.")
    given: bool = strawberry.field(description="Whether the person consents.")


@converted(_request)
@strawberry.input(description="The answer is the same for a person who is a member already.")
class EnrollMemberInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    email: str | None = strawberry.field(default=strawberry.UNSET, description="At least one of e-mail address and phone number is needed.")
    phone: str | None = strawberry.field(default=strawberry.UNSET, description="E.164.")
    locale: str | None = strawberry.field(default=strawberry.UNSET, description="The member's language, BCP 47; default the program's.")
    location: str | None = strawberry.field(default=strawberry.UNSET, description="The code of the shop.")
    display_name: str | None = strawberry.field(default=strawberry.UNSET, description="How the member wants to be called.")
    birth_date: date | None = strawberry.field(
        default=strawberry.UNSET, description="Needed where the program takes members from an age on."
    )
    guardian: str | None = strawberry.field(
        default=strawberry.UNSET, description="E-mail address of the parent or guardian, where the program asks for one at that age."
    )
    consents: list[ConsentInput] | None = strawberry.field(
        default=strawberry.UNSET,
        description="At most 20; of a person who is a member already they are left out, for that one may not be here.",
    )
    holder: MemberLookup | None = strawberry.field(
        default=strawberry.UNSET,
        description="Barcode of a card that nobody is known for yet, or handle of a code its app showed: its holder is known by these names from now on.",
    )


@strawberry.type(description="A member, new or not.")
class MemberEnrolled:
    handle: str = strawberry.field(description="Names the member for the rest of the sale.")
    add_url: str = strawberry.field(description="The page from which the member's phone adds the card.")
    replayed: bool = strawberry.field(description="Whether this key had enrolled before.")


EnrollMemberResult = Annotated[
    MemberEnrolled | IdempotencyConflict | TransactionRejected,
    strawberry.union("EnrollMemberResult", description="What became of an enrolment."),
]
Input = Annotated[EnrollMemberInput, strawberry.argument(description="Who joins.")]


async def enroll_member(info: Info, input: Input) -> EnrollMemberResult:
    context, asked = info.context, cast(_Asked, input)
    request = asked.enrolment
    desk = await desk_of(context, request.location)
    if (misplaced := desk.misplaced(request.location)) is not None:
        return refusal.rejected(context, Rejected(misplaced, ("location",)))
    if desk.watch.frozen(desk.at(request.location, None)) is not None:
        return refusal.rejected(context, Rejected("TILL_FROZEN"))
    if asked.holder is not None:
        holder = await _holder(context, asked.holder)
        if holder is None:
            return refusal.rejected(context, Rejected("NOT_FOUND", ("holder",)))
        request = replace(request, holder=holder)
    terms = enrolment_terms(
        context.program, context.applied.version, context.services.handle_key, context.services.claims, vault=context.services.vault
    )
    outcome = await use_case.enrol_member(context.services.database, context.caller, request, terms, context.now)
    match outcome:
        case KeyConflict():
            return refusal.idempotency_conflict(context)
        case use_case.EnrolmentRejected(code=code, path=path):
            known = code if code in ErrorCode.__members__ else "INVALID_VALUE"
            return refusal.rejected(context, Rejected(known, path))
        case use_case.MemberEnrolled():
            joining = request.joining
            if joining.guardian is not None:  # also at a retry, whose first attempt may have ended before the letter
                sign_in_desk = context.services.sign_in_desk
                await ask_guardian_of(sign_in_desk, context.applied, outcome.member_id, joining.guardian, joining.consents, context.now)
            return MemberEnrolled(handle=outcome.handle, add_url=await _add_url(context, outcome), replayed=outcome.replayed)


async def _holder(context: RequestContext, shown: lookup.MemberLookup) -> UUID | None:
    """Only of a card that is here: a number can be read off anybody's receipt, and makes a handle that proves no more."""
    check_misses(context)
    if shown.kind not in (lookup.LookupKind.BARCODE, lookup.LookupKind.HANDLE):
        return None
    found = await lookup.find_member(context.services.database.pool, context.lookup_policy, shown, context.now)
    if found is None:
        count_miss(context)
        return None
    return None if shown.kind is lookup.LookupKind.HANDLE and found.proof is Proof.NUMBER else found.member_id


async def _add_url(context: RequestContext, enrolled: use_case.MemberEnrolled) -> str:
    services = context.services
    style = services.wallet.styles.default(context.program) or "membership"
    # Who was a member before may hold a pass, whose links have its generation; it is looked up for everybody alike.
    known = await find_pass_of_style(services.database.pool, context.caller.program_id, enrolled.member_id, style)
    generation = known.generation if known else 1
    return add_url(services.settings, context.caller.program_id, enrolled.member_id, style, context.now, generation=generation)
