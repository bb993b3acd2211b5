"""An operator marks a member as staff of a partner, and as which cashier: nobody posts for himself (R52)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from honeyguide.audit import Act, Action, actor_of, member_subject, record
from honeyguide.database import statements
from honeyguide.members.call import Call
from honeyguide.members.lookup import MemberLookup, find_member
from honeyguide.members.own_account import OWN_ACCOUNT, is_refused_as_own
from honeyguide.till.claims import ClaimedBefore, claim_or_roll_back
from honeyguide.till.outcomes import KeyConflict, Refused

_SQL = statements(__package__, "staff.sql")


@dataclass(frozen=True, slots=True)
class MarkStaff:
    """`works` False: no longer. `location` None: in all shops of the partner."""

    idempotency_key: str
    partner_id: UUID
    member: MemberLookup
    works: bool = True
    location: str | None = None
    cashier: str | None = None


@dataclass(frozen=True, slots=True)
class StaffMarked:
    member_id: UUID
    replayed: bool


async def mark_staff(call: Call, request: MarkStaff) -> StaffMarked | KeyConflict | Refused | None:
    """None: nobody is meant. Nobody marks himself, for who says where he works says where he does not."""
    member = await find_member(call.database.pool, call.policy, request.member, call.now)
    if member is None:
        return None
    if await is_refused_as_own(call.database.pool, call.caller, [member.member_id], "markStaff", call.now):
        return Refused(OWN_ACCOUNT, {"path": ["member"]}, replayed=False)
    key, names = call.key("markStaff", request), (call.program_id, member.member_id, request.partner_id)
    try:
        async with call.database.transaction() as connection:
            await claim_or_roll_back(connection, call.program_id, [key], outcome={"member": str(member.member_id)}, now=call.now)
            if request.works:
                await connection.execute(_SQL["mark_staff"], *names, request.location, request.cashier, call.now, call.caller.scope)
            else:
                await connection.execute(_SQL["unmark_staff"], *names)
            detail = {"partner": str(request.partner_id), "works": request.works}
            subject = member_subject(member.member_id)
            await record(
                connection, Act(call.program_id, call.now, actor_of(call.caller), Action.SET_STAFF_ACCOUNT, subject, detail=detail)
            )
            return StaffMarked(member.member_id, replayed=False)
    except ClaimedBefore as claimed:
        if not claimed.earlier.same_request:
            return KeyConflict()
        return StaffMarked(UUID(claimed.earlier.outcome["member"]), replayed=True)
