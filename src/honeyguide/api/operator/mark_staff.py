"""The operator marks members who work at a partner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, cast

import strawberry

from honeyguide.api import refusal
from honeyguide.api.context import Info
from honeyguide.api.keys import KEY_IN_WORDS, checked_key, checked_text
from honeyguide.api.operator.freezes import REPLAYED, member_id_of
from honeyguide.api.types.converted import converted
from honeyguide.api.types.errors import IdempotencyConflict, MemberNotFound
from honeyguide.api.types.lookup import MemberLookup, read_lookup
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.api.types.refusals import TransactionRejected
from honeyguide.members import mark_staff as staff
from honeyguide.till.outcomes import KeyConflict, Refused
from honeyguide.transactions import outcomes


def _staff_request(value: Mapping[str, Any]) -> staff.MarkStaff:
    works = value.get("works")
    return staff.MarkStaff(
        idempotency_key=checked_key(value["idempotencyKey"]),
        partner_id=NodeId.of_kind(NodeKind.PARTNER, value["partner"]).key,
        member=read_lookup(value["member"]),
        works=True if works is None else works,
        location=checked_text(value.get("location"), "location"),
        cashier=checked_text(value.get("cashier"), "cashier"),
    )


@converted(_staff_request)
@strawberry.input(description="A member who works at a partner, or no longer.")
class MarkStaffInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    partner: strawberry.ID = strawberry.field(description="Where.")
    member: MemberLookup = strawberry.field(description="Who.")
    works: bool | None = strawberry.field(default=strawberry.UNSET, description="false: no longer; default true.")
    location: str | None = strawberry.field(default=strawberry.UNSET, description="In which shop; default in all.")
    cashier: str | None = strawberry.field(
        default=strawberry.UNSET, description="As which cashier: what that one posts for the member is parked."
    )


@strawberry.type(description="The rules for staff hold for the member, or no longer.")
class StaffMarked:
    member: strawberry.ID = strawberry.field(description="Who.")
    replayed: bool = strawberry.field(description=REPLAYED)


MarkStaffResult = Annotated[
    StaffMarked | MemberNotFound | IdempotencyConflict | TransactionRejected,
    strawberry.union("MarkStaffResult", description="What became of markStaff."),
]
StaffInput = Annotated[MarkStaffInput, strawberry.argument(description="Who works where.")]


async def mark_staff(info: Info, input: StaffInput) -> MarkStaffResult:
    context, request = info.context, cast(staff.MarkStaff, input)
    partner = await context.partner(request.partner_id)
    if partner is None:
        return refusal.rejected(context, outcomes.Rejected("NOT_FOUND", ("partner",)))
    if request.location is not None and request.location not in partner.locations:
        return refusal.rejected(context, outcomes.Rejected("UNKNOWN_LOCATION", ("location",)))
    outcome = await staff.mark_staff(context.call, request)
    match outcome:
        case staff.StaffMarked():
            return StaffMarked(member=member_id_of(outcome.member_id), replayed=outcome.replayed)
        case KeyConflict():
            return refusal.idempotency_conflict(context)
        case Refused():
            return refusal.unposted(context, outcome)
    return refusal.member_not_found(context)
