"""An operator sets the day whose anniversaries begin a member's tier year, where the program has such years (R32)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from uuid_utils.compat import uuid7

from honeyguide.audit import Act, Action, actor_of, member_subject, record
from honeyguide.database import statements
from honeyguide.members.call import Call
from honeyguide.members.lookup import MemberLookup, find_member
from honeyguide.members.own_account import OWN_ACCOUNT, is_refused_as_own
from honeyguide.till.claims import ClaimedBefore, Earlier, claim_or_roll_back, read_claim
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
    key, ladder = call.key("setTierYear", request), call.applied.program.tiers
    if ladder is None or ladder.period.kind != "member_year":
        # The program may have been switched since: a retry still hears the first answer (R1).
        earlier = await read_claim(call.database.pool, call.program_id, key)
        return Refused("NOT_ALLOWED", {"path": ["starts"]}, replayed=False) if earlier is None else _first(earlier)
    member = await find_member(call.database.pool, call.policy, request.member, call.now)
    if member is None:
        return None
    if await is_refused_as_own(call.database.pool, call.caller, [member.member_id], "setTierYear", call.now):
        return Refused(OWN_ACCOUNT, {"path": ["member"]}, replayed=False)
    subject = member_subject(member.member_id)
    detail = {"tier_year": "SET" if request.starts else "REMOVED"}  # the trail outlives an erasure, so it does not tell the day (R41)
    try:
        async with call.database.transaction() as connection:
            await claim_or_roll_back(connection, call.program_id, [key], outcome={"member": str(member.member_id)}, now=call.now)
            await connection.execute(_SQL["hold_standing"], call.program_id, member.member_id)
            await connection.execute(_SQL["set_tier_year"], call.program_id, member.member_id, request.starts, uuid7(), call.now)
            await record(connection, Act(call.program_id, call.now, actor_of(call.caller), Action.CHANGE_MEMBER, subject, detail=detail))
            return TierYearSet(member.member_id, replayed=False)
    except ClaimedBefore as claimed:
        return _first(claimed.earlier)


def _first(earlier: Earlier) -> TierYearSet | KeyConflict:
    return TierYearSet(UUID(earlier.outcome["member"]), replayed=True) if earlier.same_request else KeyConflict()
