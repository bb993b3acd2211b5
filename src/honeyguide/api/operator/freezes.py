"""The operator freezes: a member, a partner, a shop, a cashier, a credential."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, TypeVar, cast

import strawberry

from honeyguide.api import refusal
from honeyguide.api.context import Info, RequestContext
from honeyguide.api.keys import KEY_IN_WORDS, checked_key, checked_note, checked_text
from honeyguide.api.types.converted import converted
from honeyguide.api.types.described import described
from honeyguide.api.types.errors import IdempotencyConflict, MemberNotFound
from honeyguide.api.types.lookup import MemberLookup, read_lookup
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.api.types.partner import Partner
from honeyguide.api.types.refusals import TransactionRejected
from honeyguide.caller import Audience
from honeyguide.coalition import freeze_till as use_case
from honeyguide.identity import store as identity
from honeyguide.members import freeze_member as of_member
from honeyguide.members.freezes import FrozenMember, frozen_members
from honeyguide.members.store import MemberStatus
from honeyguide.till.outcomes import KeyConflict, Refused
from honeyguide.transactions import outcomes

NOTE = "Why, in words, for the records; nothing personal."
Done = TypeVar("Done")
REPLAYED = "Whether this key had done it before; then this is the first answer again."


@described(
    "What is frozen.",
    REVIEW="A partner that is new and that nobody has judged yet.",
    PARTNER="A partner, in all its shops.",
    LOCATION="A shop.",
    CREDENTIAL="A credential.",
    CASHIER="A cashier.",
    MEMBER="A member, who earns and does not redeem.",
)
class FreezeKind(StrEnum):
    """What can be at tills, and members."""

    REVIEW = "REVIEW"
    PARTNER = "PARTNER"
    LOCATION = "LOCATION"
    CREDENTIAL = "CREDENTIAL"
    CASHIER = "CASHIER"
    MEMBER = "MEMBER"


@strawberry.type(description="A freeze in force.")
class Freeze:
    partner: Partner | None = strawberry.field(description="Whose; null where it is a member.")
    kind: FreezeKind = strawberry.field(description="What is frozen.")
    location: str | None = strawberry.field(description="The code of the shop; null where it is not one shop's.")
    cashier: str | None = strawberry.field(description="The cashier; null where it is no cashier.")
    credential: str | None = strawberry.field(description="The client id; null where it is no credential.")
    member: strawberry.ID | None = strawberry.field(description="The member; null where it is none.")
    reason: str = strawberry.field(description="Why.")
    frozen_at: datetime = strawberry.field(description="Since when.")
    frozen_by: str = strawberry.field(description="By whom.")


async def freezes(info: Info) -> list[Freeze]:
    context, pool = info.context, info.context.services.database.pool
    of_tills = [await _of_till(context, one) for one in await use_case.freezes_in_force(pool, context.caller.program_id)]
    of_members = [_of_member(one) for one in await frozen_members(pool, context.caller.program_id, use_case.MOST_FREEZES)]
    newest_first = sorted((*filter(None, of_tills), *of_members), key=lambda one: one.frozen_at, reverse=True)
    return newest_first[: use_case.MOST_FREEZES]


async def _of_till(context: RequestContext, one: use_case.Freeze) -> Freeze | None:
    partner = await context.partner(one.partner_id)
    if partner is None:
        return None
    names = {name: getattr(one, name) for name in ("location", "cashier", "credential", "reason", "frozen_at", "frozen_by")}
    return Freeze(partner=Partner.of(partner), kind=FreezeKind(one.kind), member=None, **names)


def _of_member(one: FrozenMember) -> Freeze:
    return Freeze(
        partner=None,
        kind=FreezeKind.MEMBER,
        location=None,
        cashier=None,
        credential=None,
        member=member_id_of(one.member_id),
        reason=one.reason,
        frozen_at=one.frozen_at,
        frozen_by=one.frozen_by,
    )


def _what(value: Mapping[str, Any]) -> dict[str, Any]:
    names = {name: checked_text(value.get(name), name) for name in ("location", "cashier", "credential")}
    what = use_case.Frozen(NodeId.of_kind(NodeKind.PARTNER, value["partner"]).key, **names)
    return {"idempotency_key": checked_key(value["idempotencyKey"]), "what": what, "reason": checked_note(value["note"])}


def _freeze_request(value: Mapping[str, Any]) -> use_case.FreezeTill:
    return use_case.FreezeTill(**_what(value))


def _unfreeze_request(value: Mapping[str, Any]) -> use_case.UnfreezeTill:
    return use_case.UnfreezeTill(**_what(value))


@converted(_freeze_request)
@strawberry.input(description="What is frozen: the partner, unless a shop, a cashier or a credential is named.")
class FreezeTillInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    partner: strawberry.ID = strawberry.field(description="Which partner, or whose.")
    location: str | None = strawberry.field(default=strawberry.UNSET, description="The code of a shop.")
    cashier: str | None = strawberry.field(default=strawberry.UNSET, description="A cashier: of that shop, or of all where none is named.")
    credential: str | None = strawberry.field(default=strawberry.UNSET, description="The client id of a credential.")
    note: str = strawberry.field(description=NOTE)


@converted(_unfreeze_request)
@strawberry.input(description="What is frozen no longer, named as it was frozen.")
class UnfreezeTillInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    partner: strawberry.ID = strawberry.field(description="Which partner, or whose.")
    location: str | None = strawberry.field(default=strawberry.UNSET, description="The code of a shop.")
    cashier: str | None = strawberry.field(default=strawberry.UNSET, description="A cashier.")
    credential: str | None = strawberry.field(default=strawberry.UNSET, description="The client id of a credential.")
    note: str = strawberry.field(description=NOTE)


@strawberry.type(description="It is so in every process within a second.")
class TillFrozen:
    changed: bool = strawberry.field(description="Whether it was otherwise before.")
    replayed: bool = strawberry.field(description=REPLAYED)


@strawberry.type(description="It is so in every process within a second; what was parked waits for a decision.")
class TillUnfrozen:
    changed: bool = strawberry.field(description="Whether it was otherwise before.")
    replayed: bool = strawberry.field(description=REPLAYED)


FreezeTillResult = Annotated[
    TillFrozen | IdempotencyConflict | TransactionRejected,
    strawberry.union("FreezeTillResult", description="What became of a freeze."),
]
UnfreezeTillResult = Annotated[
    TillUnfrozen | IdempotencyConflict | TransactionRejected,
    strawberry.union("UnfreezeTillResult", description="What became of the end of a freeze."),
]
FreezeInput = Annotated[FreezeTillInput, strawberry.argument(description="What is frozen.")]
UnfreezeInput = Annotated[UnfreezeTillInput, strawberry.argument(description="What is frozen no longer.")]


async def freeze_till(info: Info, input: FreezeInput) -> FreezeTillResult:
    return await _till(info.context, cast(use_case.FreezeTill, input), TillFrozen)


async def unfreeze_till(info: Info, input: UnfreezeInput) -> UnfreezeTillResult:
    return await _till(info.context, cast(use_case.UnfreezeTill, input), TillUnfrozen)


async def _till(
    context: RequestContext, request: use_case.FreezeTill | use_case.UnfreezeTill, done: type[Done]
) -> Done | IdempotencyConflict | TransactionRejected:
    services, partner = context.services, await context.partner(request.what.partner_id)
    if partner is None:
        return refusal.rejected(context, outcomes.Rejected("NOT_FOUND", ("partner",)))
    if request.what.location is not None and request.what.location not in partner.locations:
        return refusal.rejected(context, outcomes.Rejected("UNKNOWN_LOCATION", ("location",)))
    if isinstance(request, use_case.FreezeTill) and not await _has_credential(context, request.what):
        return refusal.rejected(context, outcomes.Rejected("NOT_FOUND", ("credential",)))  # a slip of the pen would leave the thief at work
    outcome = await use_case.freeze_till(services.database, context.caller, services.claims, request, context.now)
    if isinstance(outcome, KeyConflict):
        return refusal.idempotency_conflict(context)
    await services.revocations.refresh()
    return done(changed=outcome.changed, replayed=outcome.replayed)  # type: ignore[call-arg]


async def _has_credential(context: RequestContext, what: use_case.Frozen) -> bool:
    """Also of one that ended: what it posted may still come from a queue. True where none is named."""
    if what.credential is None:
        return True
    found = await identity.credential(context.services.database.pool, what.credential)
    return found is not None and (found.program_id, found.audience, found.subject) == (
        context.caller.program_id,
        Audience.PARTNER,
        str(what.partner_id),
    )


def _member_request(status: MemberStatus) -> Any:
    def convert(value: Mapping[str, Any]) -> of_member.FreezeMember:
        member, note = read_lookup(value["member"]), checked_note(value["note"])
        return of_member.FreezeMember(checked_key(value["idempotencyKey"]), member, status, note)  # type: ignore[arg-type]

    return convert


@converted(_member_request(MemberStatus.FROZEN))
@strawberry.input(description="A member who earns and does not redeem from now on.")
class FreezeMemberInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    member: MemberLookup = strawberry.field(description="Who.")
    note: str = strawberry.field(description=NOTE)


@converted(_member_request(MemberStatus.ACTIVE))
@strawberry.input(description="A member who redeems again.")
class UnfreezeMemberInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    member: MemberLookup = strawberry.field(description="Who.")
    note: str = strawberry.field(description=NOTE)


@strawberry.type(description="It is so from now on.")
class MemberFrozen:
    member: strawberry.ID = strawberry.field(description="Who.")
    replayed: bool = strawberry.field(description=REPLAYED)


@strawberry.type(description="The member redeems again from now on.")
class MemberUnfrozen:
    member: strawberry.ID = strawberry.field(description="Who.")
    replayed: bool = strawberry.field(description=REPLAYED)


FreezeMemberResult = Annotated[
    MemberFrozen | MemberNotFound | IdempotencyConflict | TransactionRejected,
    strawberry.union("FreezeMemberResult", description="What became of a freeze."),
]
UnfreezeMemberResult = Annotated[
    MemberUnfrozen | MemberNotFound | IdempotencyConflict | TransactionRejected,
    strawberry.union("UnfreezeMemberResult", description="What became of the end of a freeze."),
]
MemberInput = Annotated[FreezeMemberInput, strawberry.argument(description="Who is frozen.")]
MemberEndInput = Annotated[UnfreezeMemberInput, strawberry.argument(description="Who is frozen no longer.")]


async def freeze_member(info: Info, input: MemberInput) -> FreezeMemberResult:
    return await _member(info.context, cast(of_member.FreezeMember, input), MemberFrozen)


async def unfreeze_member(info: Info, input: MemberEndInput) -> UnfreezeMemberResult:
    return await _member(info.context, cast(of_member.FreezeMember, input), MemberUnfrozen)


async def _member(
    context: RequestContext, request: of_member.FreezeMember, done: type[Done]
) -> Done | MemberNotFound | IdempotencyConflict | TransactionRejected:
    outcome = await of_member.freeze_member(context.call, request)
    match outcome:
        case of_member.MemberFrozen():
            return done(member=member_id_of(outcome.member_id), replayed=outcome.replayed)  # type: ignore[call-arg]
        case KeyConflict():
            return refusal.idempotency_conflict(context)
        case Refused():
            return refusal.unposted(context, outcome)
    return refusal.member_not_found(context)


def member_id_of(member_id: Any) -> strawberry.ID:
    return strawberry.ID(str(NodeId(NodeKind.MEMBER, member_id)))
