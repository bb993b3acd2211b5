"""What an owner of a household does beside joining and leaving: invite, and say who may redeem from the pool."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from honeyguide.members import households
from honeyguide.members.call import Call
from honeyguide.members.invitation import INVITATION_LIFE, seal_invitation
from honeyguide.sealed import SealKey
from honeyguide.till.outcomes import Refused


@dataclass(frozen=True, slots=True)
class Invited:
    token: str
    expires_at: datetime


async def invite_to_household(call: Call, invitation_key: SealKey) -> Invited | Refused:
    """Whoever has the token may join until its end; nothing is stored."""
    mine = await households.membership(call.database.pool, call.program_id, call.caller.member_id)
    if mine is None:
        return Refused("NOT_FOUND", {}, replayed=False)
    if not mine.is_owner:
        return Refused("NOT_ALLOWED", {}, replayed=False)
    return Invited(seal_invitation(invitation_key, call.program_id, mine.household_id, call.now), call.now + INVITATION_LIFE)


async def set_may_burn(call: Call, member_id: UUID | None, may_burn: bool) -> UUID | Refused:
    """The household, where the caller owns it and the other belongs to it."""
    mine = await households.membership(call.database.pool, call.program_id, call.caller.member_id)
    if mine is None or member_id is None:
        return Refused("NOT_FOUND", {"path": ["member"]}, replayed=False)
    if not mine.is_owner:
        return Refused("NOT_ALLOWED", {"path": ["member"]}, replayed=False)
    allowed = await households.allow_burning(call.database.pool, call.program_id, mine.household_id, mine.member_id, member_id, may_burn)
    return mine.household_id if allowed else Refused("NOT_FOUND", {"path": ["member"]}, replayed=False)
