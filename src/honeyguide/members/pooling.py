"""What members of a household earn goes to its pool: right after the post, and by a sweep where that did not happen."""

from __future__ import annotations

import asyncio
import logging
from uuid import UUID

from uuid_utils.compat import uuid7

from honeyguide.database import Database
from honeyguide.members.handing_over import HandOutIntent, hand_over
from honeyguide.members.households import unpooled
from honeyguide.members.lookup import MemberRef
from honeyguide.programs.current import Applied
from honeyguide.till.till import Till

_AT_ONCE = 500
_log = logging.getLogger(__name__)


async def pool_earnings(till: Till, applied: Applied, member: MemberRef, earned_by: UUID) -> None:
    """Hand what one transaction gave to the member's household, if he has one; best effort, for the sweep is the truth."""
    if member.household is not None:
        await _pool(till, applied, member.member_id, member.household.household_id, frozenset((earned_by,)))


async def sweep_earnings(till: Till, database: Database, applied: Applied) -> int:
    """Hand over what members of households still have of what they earned; the answer is how many had some."""
    if applied.program.households is None:
        return 0
    found = await unpooled(database.pool, applied.program_id, _AT_ONCE)
    await asyncio.gather(*(_pool(till, applied, one.member_id, one.household_id, one.earned_by) for one in found))
    return len(found)


async def _pool(till: Till, applied: Applied, member_id: UUID, household_id: UUID, earned_by: frozenset[UUID]) -> None:
    facts = {"reason": "household_earnings", "household": str(household_id)}
    intent = HandOutIntent(applied, member_id, household_id, uuid7(), earned_by=earned_by, facts=facts)
    try:
        await hand_over(till, intent)
    except Exception as error:  # noqa: BLE001 - the purchase stands; the sweep tries again
        _log.error("what a member of a household earned waits for the sweep: %s", type(error).__name__)
