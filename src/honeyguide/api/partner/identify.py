"""A till names a member and gets a handle for the sale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, cast
from uuid import UUID

import strawberry

from honeyguide.api.context import Info, RequestContext
from honeyguide.api.dashboard import Part, windows_part
from honeyguide.api.keys import checked_text
from honeyguide.api.partner.desk import check_misses, count_miss, desk_of
from honeyguide.api.partner.partner_member import PartnerMember, partner_member
from honeyguide.api.partner.shown import shown_at
from honeyguide.api.refusal import member_not_found, rejected, said
from honeyguide.api.types.converted import converted
from honeyguide.api.types.errors import ErrorCode, MemberNotFound, UserError
from honeyguide.api.types.lookup import MemberLookup, read_lookup
from honeyguide.api.types.refusals import TransactionRejected
from honeyguide.api.types.standing import Standing, standings
from honeyguide.api.types.statement import tier_held
from honeyguide.members.handle import HANDLE_LIFE, HandlePlace, seal_handle
from honeyguide.members.lookup import MemberLookup as Lookup
from honeyguide.members.lookup import books_of
from honeyguide.members.proof import Proof
from honeyguide.till.reading import read_books
from honeyguide.transactions.outcomes import Rejected
from honeyguide.transactions.quote import burn_reads, redeemable


@dataclass(frozen=True, slots=True)
class _Asked:
    lookup: Lookup
    scanned_at: datetime | None
    pin: str | None = field(repr=False)


def _asked(value: Mapping[str, Any]) -> _Asked:
    lookup = read_lookup(value["by"], checked_text(value.get("location"), "location"))
    return _Asked(lookup, value.get("scannedAt"), value.get("pin"))


@converted(_asked)
@strawberry.input(description="Who is at the till.")
class IdentifyInput:
    by: MemberLookup = strawberry.field(description="What the member shows or says.")
    location: str | None = strawberry.field(default=strawberry.UNSET, description="The code of the shop; the handle serves there only.")
    scanned_at: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="When a rotating code was scanned, 15 minutes ago at most; default now."
    )
    pin: str | None = strawberry.field(
        default=strawberry.UNSET, description="The PIN that the member typed, if the till asked for it; never kept or logged."
    )


@strawberry.type(description="The handle serves this partner and location for 15 minutes, with all retries of the sale.")
class MemberIdentified:
    handle: str = strawberry.field(description="Names the member for the rest of the sale.")
    proof: Proof = strawberry.field(description="How sure it is that the member is there.")
    expires_at: datetime = strawberry.field(description="When the handle ends.")
    member: PartnerMember = strawberry.field(description="The member, as far as a till may see.")


@strawberry.type(description="The code is used up, too old or not ours; the PIN is wrong, locked, or there is none.")
class CodeRejected(UserError):
    pass


IdentifyResult = Annotated[
    MemberIdentified | MemberNotFound | CodeRejected | TransactionRejected,
    strawberry.union("IdentifyResult", description="Whether somebody was found."),
]
Input = Annotated[IdentifyInput, strawberry.argument(description="Who is at the till.")]


async def identify(info: Info, input: Input) -> IdentifyResult:
    context, asked = info.context, cast(_Asked, input)
    check_misses(context)
    desk = await desk_of(context, asked.lookup.location)
    if (misplaced := desk.misplaced(asked.lookup.location)) is not None:
        return rejected(context, Rejected(misplaced, ("location",)))
    shown = await shown_at(context, asked.lookup, asked.scanned_at, asked.pin)
    if shown is None:
        count_miss(context)
        return CodeRejected(**said(context, ErrorCode.CODE_REJECTED, ("pin",) if asked.pin is not None else ("by",)))
    pool, now, found = context.services.database.pool, context.now, shown.member
    books = await read_books(pool, context.caller.program_id, books_of(found), burn_reads(desk), now) if found else None
    standing = await _standing(context, found.member_id) if found else None
    if found is None or books is None or standing is None:
        count_miss(context)
        return member_not_found(context, ("by",))
    place = HandlePlace(context.caller.program_id, context.caller.partner_id, asked.lookup.location)
    # As the member's own dashboard tells it: a tier whose end has come is reviewed by whoever looks first.
    tier = tier_held(standing.read, context.program, now)
    return MemberIdentified(
        handle=seal_handle(context.services.handle_key, place, found.member_id, found.proof, shown.since),
        proof=found.proof,
        expires_at=shown.since + HANDLE_LIFE,
        member=partner_member(
            context, found.member_id, found.display_name, tier.code if tier else None, redeemable(desk, books, found, now)
        ),
    )


async def _standing(context: RequestContext, member_id: UUID) -> Standing | None:
    parts = [Part("profile", "profile"), windows_part(context.program, context.now)]
    return (await standings(context, [member_id], parts)).get(member_id)
