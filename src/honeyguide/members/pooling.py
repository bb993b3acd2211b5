"""What is another's by now goes there: earnings to the pool of a household, and to who took a member over what was still under way.

Right after the post, and by a sweep where that did not happen.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from uuid import UUID

from uuid_utils.compat import uuid7

from honeyguide.database import Database
from honeyguide.members.handing_over import HOUSEHOLD_EARNINGS, HandOutIntent, hand_over
from honeyguide.members.households import unpooled
from honeyguide.members.lookup import MemberRef
from honeyguide.members.merges import payers, stranded, stranded_debts
from honeyguide.programs.current import Applied
from honeyguide.till.till import Till

_AT_ONCE = 500
NO_DEBTS: Mapping[str, int] = {}
_log = logging.getLogger(__name__)


async def pool_earnings(till: Till, applied: Applied, member: MemberRef, earned_by: UUID) -> None:
    """Hand what one transaction gave to the member's household, if he has one; best effort, for the sweep is the truth."""
    if member.household is not None:
        await _hand_on(till, applied, member.member_id, member.household.household_id, frozenset((earned_by,)), HOUSEHOLD_EARNINGS)


async def sweep_earnings(till: Till, database: Database, applied: Applied) -> int:
    """Hand over what members of households still have of what they earned; the answer is how many had some."""
    if applied.program.households is None:
        return 0
    found = await unpooled(database.pool, applied.program_id, _AT_ONCE)
    await asyncio.gather(*(_hand_on(till, applied, one.member_id, one.household_id, one.earned_by, HOUSEHOLD_EARNINGS) for one in found))
    return len(found)


async def sweep_stranded(till: Till, database: Database, applied: Applied) -> int:
    """Hand on what reached members who had been merged, or a household that had closed: a purchase, transfer or return was under way then.

    What they have goes where points go; what they owe is a person's.
    """
    found = await stranded(database.pool, applied.program_id, _AT_ONCE)
    for member_id, heir, earned_by in found:
        survivor = (await payers(database.pool, applied.program_id, heir)).path[-1]
        await _hand_on(till, applied, member_id, survivor, earned_by, "stranded")
    owing = await stranded_debts(database.pool, applied.program_id, _AT_ONCE)
    for member_id, heir, debts in owing:
        person = (await payers(database.pool, applied.program_id, heir)).persons[-1]
        await _hand_on(till, applied, member_id, person, frozenset(), "stranded", debts)
    return len(found) + len(owing)


async def _hand_on(
    till: Till, applied: Applied, member_id: UUID, to: UUID, earned_by: frozenset[UUID], reason: str, debts: Mapping[str, int] = NO_DEBTS
) -> None:
    intent = HandOutIntent(applied, member_id, to, uuid7(), earned_by=earned_by, debts=debts, facts={"reason": reason})
    try:
        await hand_over(till, intent)
    except Exception as error:  # noqa: BLE001 - the purchase stands; the sweep tries again
        _log.error("what is another's by now waits for the sweep: %s", type(error).__name__)
