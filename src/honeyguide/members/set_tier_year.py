"""An operator sets the day whose anniversaries begin a member's tier year, where the program has such years (R32)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from honeyguide.audit import Act, Action, actor_of, member_subject, record
from honeyguide.database import statements
from honeyguide.members.call import Call
from honeyguide.members.lookup import MemberLookup, find_member
from honeyguide.members.own_account import OWN_ACCOUNT, is_refused_as_own
from honeyguide.till.claims import ClaimedBefore, claim_or_roll_back
from honeyguide.till.outcomes import KeyConflict, Refused

_SQL = statements(__package__, "tier_years.sql")


@dataclass(frozen=True, slots=True)
class SetTierYear:
    """`starts` None: on the anniversary of joining, as without it."""

    idempotency_key: str
    member: MemberLookup
    starts: date | None


@dataclass(frozen=True, slots=True)
class TierYearSet:
    member_id: UUID
    replayed: bool


async def set_tier_year(call: Call, request: SetTierYear) -> TierYearSet | KeyConflict | Refused | None:
    """None: nobody is meant. What was earned counts in the year that its day falls into now; a tier held is kept to its end."""
    ladder = call.applied.program.tiers
    if ladder is None or ladder.period.kind != "member_year":
        return Refused("NOT_ALLOWED", {"path": ["starts"]}, replayed=False)
    member = await find_member(call.database.pool, call.policy, request.member, call.now)
    if member is None:
        return None
    if await is_refused_as_own(call.database.pool, call.caller, [member.member_id], "setTierYear", call.now):
        return Refused(OWN_ACCOUNT, {"path": ["member"]}, replayed=False)
    key, subject = call.key("setTierYear", request), member_subject(member.member_id)
    detail = {"tier_year": "SET" if request.starts else "REMOVED"}  # the trail outlives an erasure, so it does not tell the day (R41)
    try:
        async with call.database.transaction() as connection:
            await claim_or_roll_back(connection, call.program_id, [key], outcome={"member": str(member.member_id)}, now=call.now)
            await connection.execute(_SQL["set_tier_year"], call.program_id, member.member_id, request.starts)
            await record(connection, Act(call.program_id, call.now, actor_of(call.caller), Action.CHANGE_MEMBER, subject, detail=detail))
            return TierYearSet(member.member_id, replayed=False)
    except ClaimedBefore as claimed:
        if not claimed.earlier.same_request:
            return KeyConflict()
        return TierYearSet(UUID(claimed.earlier.outcome["member"]), replayed=True)
