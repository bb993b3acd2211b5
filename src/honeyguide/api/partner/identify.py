"""A till names a member and gets a handle for the sale."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, cast
from uuid import UUID

import strawberry

from honeyguide.api.context import Info, RequestContext
from honeyguide.api.dashboard import Part, windows_part
from honeyguide.api.keys import checked_text
from honeyguide.api.partner.desk import check_misses, count_miss, desk_of
from honeyguide.api.partner.partner_member import PartnerMember, partner_member
from honeyguide.api.problems import BadArgument
from honeyguide.api.refusal import member_not_found
from honeyguide.api.types.converted import converted
from honeyguide.api.types.errors import MemberNotFound, UserError
from honeyguide.api.types.lookup import MemberLookup, read_lookup
from honeyguide.api.types.standing import Standing, standings
from honeyguide.api.types.statement import tier_held
from honeyguide.members.handle import HANDLE_LIFE, HandlePlace, seal_handle
from honeyguide.members.lookup import MemberLookup as Lookup
from honeyguide.members.lookup import books_of, find_member
from honeyguide.members.proof import Proof
from honeyguide.till.reading import read_books
from honeyguide.transactions.quote import burn_reads, redeemable


@converted(lambda value: read_lookup(value["by"], checked_text(value.get("location"), "location")))
@strawberry.input(description="Who is at the till.")
class IdentifyInput:
    by: MemberLookup = strawberry.field(description="What the member shows or says.")
    location: str | None = strawberry.field(default=strawberry.UNSET, description="The code of the shop; the handle serves there only.")
    scanned_at: datetime | None = strawberry.field(default=strawberry.UNSET, description="When a rotating code was scanned; default now.")


@strawberry.type(description="The handle serves this partner and location for 15 minutes, with all retries of the sale.")
class MemberIdentified:
    handle: str = strawberry.field(description="Names the member for the rest of the sale.")
    proof: Proof = strawberry.field(description="How sure it is that the member is there.")
    expires_at: datetime = strawberry.field(description="When the handle ends.")
    member: PartnerMember = strawberry.field(description="The member, as far as a till may see.")


@strawberry.type(description="The code is used up, too old or not ours.")
class CodeRejected(UserError):
    pass


IdentifyResult = Annotated[
    MemberIdentified | MemberNotFound | CodeRejected, strawberry.union("IdentifyResult", description="Whether somebody was found.")
]
Input = Annotated[IdentifyInput, strawberry.argument(description="Who is at the till.")]


async def identify(info: Info, input: Input) -> IdentifyResult:
    context, lookup = info.context, cast(Lookup, input)
    services, caller, now = context.services, context.caller, context.now
    check_misses(context)
    desk = await desk_of(context, lookup.location)
    if not desk.knows(lookup.location):
        raise BadArgument("The partner has no such location.")
    found = await find_member(services.database.pool, desk.policy, lookup, now)
    books = await read_books(services.database.pool, caller.program_id, books_of(found), burn_reads(desk), now) if found else None
    standing = await _standing(context, found.member_id) if found else None
    if found is None or books is None or standing is None:
        count_miss(context)
        return member_not_found(context, ("by",))
    place = HandlePlace(caller.program_id, caller.partner_id, lookup.location)
    # As the member's own dashboard tells it: a tier whose end has come is reviewed by whoever looks first.
    tier = tier_held(standing.read, context.program, now)
    return MemberIdentified(
        handle=seal_handle(services.handle_key, place, found.member_id, found.proof, now),
        proof=found.proof,
        expires_at=now + HANDLE_LIFE,
        member=partner_member(
            context, found.member_id, found.display_name, tier.code if tier else None, redeemable(desk, books, found.proof, now)
        ),
    )


async def _standing(context: RequestContext, member_id: UUID) -> Standing | None:
    parts = [Part("profile", "profile"), windows_part(context.program, context.now)]
    return (await standings(context, [member_id], parts)).get(member_id)
