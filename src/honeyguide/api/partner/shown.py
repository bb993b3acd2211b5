"""What somebody at a till showed or typed, as proof: a rotating code is used up, a PIN is tried (R51)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime

from honeyguide.api.context import RequestContext
from honeyguide.api.problems import Throttled
from honeyguide.identity.credentials import HashingBusy
from honeyguide.members.handle import HANDLE_LIFE, HandlePlace, open_handle
from honeyguide.members.lookup import LookupKind, MemberLookup, MemberRef, find_member, member_by_id
from honeyguide.members.pin import is_right_pin
from honeyguide.members.present import use_up
from honeyguide.members.proof import Proof
from honeyguide.members.rotating_code import CardCode


@dataclass(frozen=True, slots=True)
class Shown:
    """Who it is, None for nobody, and since when the handle counts."""

    member: MemberRef | None
    since: datetime


async def shown_at(context: RequestContext, lookup: MemberLookup, scanned_at: datetime | None, pin: str | None) -> Shown | None:
    """None: a code or a PIN that proves nothing, whatever is wrong with it; raises Throttled."""
    code = lookup.code
    shown = await _by_code(context, lookup, code, scanned_at) if code is not None else await _named(context, lookup)
    if pin is None:
        return shown
    # Who shows a wrong code pays for the PIN's time as well, and learns nothing of it.
    right = await _typed(context, shown.member if shown is not None else None, pin)
    if not right or shown is None or shown.member is None:
        return None
    return Shown(replace(shown.member, proof=Proof.APPROVED), context.now)


async def _named(context: RequestContext, lookup: MemberLookup) -> Shown:
    """A handle that is identified again ends when it would have: proof that renewed itself would prove for ever."""
    found = await find_member(context.services.database.pool, context.lookup_policy, lookup, context.now)
    if lookup.kind is not LookupKind.HANDLE:
        return Shown(found, context.now)
    opened = open_handle(context.services.handle_key, _place(context, lookup), lookup.value, context.now)
    return Shown(found if opened is not None else None, opened.expires_at - HANDLE_LIFE if opened is not None else context.now)


async def _by_code(context: RequestContext, lookup: MemberLookup, code: CardCode, scanned_at: datetime | None) -> Shown | None:
    services, now, place = context.services, context.now, _place(context, lookup)
    # Taken before it is looked at, so that many at once are no more than one after the other; of a right code too, or guessing would go on.
    if services.code_tries.take(code.card_id) > 0:
        return None
    presented = await use_up(services.database.pool, services.cipher, place, code, scanned_at, now)
    if presented is None:
        return None
    services.code_tries.owe(code.card_id, -1)
    found = await member_by_id(services.database.pool, context.caller.program_id, presented.member_id)
    # A member who was taken over signs in as the other, and shows that one's card; the old phone must not prove for ever.
    if found is None or found.member_id != presented.member_id:
        return None
    return Shown(replace(found, proof=Proof.PRESENT), presented.used_at)


async def _typed(context: RequestContext, member: MemberRef | None, pin: str) -> bool:
    """Counted for the credential and for the member, in the same time for nobody."""
    services, caller = context.services, context.caller
    credential = caller.credential_id or caller.scope
    if (wait := services.pin_tries.take(credential)) > 0:
        raise Throttled("Too many wrong PINs; try again later.", math.ceil(wait))
    member_id = member.member_id if member is not None else None
    try:
        right = await is_right_pin(
            services.database.pool, services.cipher, services.pin_hasher, caller.program_id, member_id, pin, context.now
        )
    except HashingBusy:
        raise Throttled("Too busy now; try again in a moment.", 1) from None
    if right:
        services.pin_tries.owe(credential, -1)
    return right


def _place(context: RequestContext, lookup: MemberLookup) -> HandlePlace:
    return HandlePlace(context.caller.program_id, context.caller.partner_id, lookup.location)
