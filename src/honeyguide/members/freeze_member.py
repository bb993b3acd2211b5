"""An operator freezes a member, or ends it: a frozen member earns and does not redeem (R52)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from honeyguide.audit import Act, Action, actor_of, member_subject, record
from honeyguide.members.call import Call
from honeyguide.members.freezes import end_frozen, set_frozen
from honeyguide.members.lookup import MemberLookup, find_member
from honeyguide.members.own_account import OWN_ACCOUNT, is_refused_as_own
from honeyguide.members.store import MemberStatus
from honeyguide.till.claims import ClaimedBefore, claim_or_roll_back
from honeyguide.till.outcomes import KeyConflict, Refused


@dataclass(frozen=True, slots=True)
class FreezeMember:
    idempotency_key: str
    member: MemberLookup
    status: Literal[MemberStatus.FROZEN, MemberStatus.ACTIVE]
    note: str


@dataclass(frozen=True, slots=True)
class MemberFrozen:
    member_id: UUID
    replayed: bool


async def freeze_member(call: Call, request: FreezeMember) -> MemberFrozen | KeyConflict | Refused | None:
    """None: nobody is meant, or who is meant has left. Nobody ends the freeze of his own account."""
    member = await find_member(call.database.pool, call.policy, request.member, call.now)
    if member is None:
        return None
    is_end = request.status is MemberStatus.ACTIVE
    if is_end and await is_refused_as_own(call.database.pool, call.caller, [member.member_id], "unfreezeMember", call.now):
        return Refused(OWN_ACCOUNT, {"path": ["member"]}, replayed=False)
    key = call.key("freezeMember", request)
    try:
        async with call.database.transaction() as connection:
            await claim_or_roll_back(connection, call.program_id, [key], outcome={"member": str(member.member_id)}, now=call.now)
            change = end_frozen if is_end else set_frozen
            if await change(connection, call.program_id, member.member_id, request.note, call.now, call.caller.scope):
                action = Action.UNFREEZE if is_end else Action.FREEZE
                await record(connection, Act(call.program_id, call.now, actor_of(call.caller), action, member_subject(member.member_id)))
            return MemberFrozen(member.member_id, replayed=False)
    except ClaimedBefore as claimed:
        if not claimed.earlier.same_request:
            return KeyConflict()
        return MemberFrozen(UUID(claimed.earlier.outcome["member"]), replayed=True)
