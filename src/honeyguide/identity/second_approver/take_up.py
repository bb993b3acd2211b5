"""Carries out what was approved and whose process died before it was: the worker asks every half minute."""

from __future__ import annotations

from datetime import timedelta

from honeyguide.identity.second_approver import store
from honeyguide.identity.second_approver.by_hand import finish
from honeyguide.identity.second_approver.carry_out import Hands

# Whoever approved is carrying it out; should he be slower than this, it happens once all the same (rule 5).
PATIENCE = timedelta(seconds=30)
_ROUND = 20


async def take_up(hands: Hands) -> int:
    """The oldest first, at most twenty a round; how many are done now. One that fails leaves the others their turn, and is raised last."""
    call, done, failed = hands.call, 0, None
    for approval in await store.left_behind(call.database.pool, call.program_id, call.now - PATIENCE, _ROUND):
        try:
            await finish(hands, approval)
            done += 1
        except Exception as error:  # noqa: BLE001 - raised below
            failed = error
    if failed is not None:
        raise failed
    return done
