"""Carries out what was approved and whose process died before it was: the worker asks every half minute."""

from __future__ import annotations

import logging
from datetime import timedelta

from honeyguide.database.database import DOWN
from honeyguide.identity.second_approver import store
from honeyguide.identity.second_approver.approval import Approval
from honeyguide.identity.second_approver.by_hand import finish
from honeyguide.identity.second_approver.carry_out import Hands

_log = logging.getLogger(__name__)

# Whoever approved is carrying it out; should he be slower than this, it happens once all the same (rule 5).
PATIENCE = timedelta(seconds=30)
_ROUND, _MOST = 20, 200


async def take_up(hands: Hands) -> int:
    """The oldest first, at most 200 at a time; how many are done now.

    One that fails is told in the log by its id and leaves the others their turn; raises what says that the database is away.
    """
    call, done, after = hands.call, 0, None
    for _ in range(_MOST // _ROUND):
        found = await store.left_behind(call.database.pool, call.program_id, call.now - PATIENCE, _ROUND, after)
        for after, approval in found:
            done += await _done(hands, approval, str(after[1]))
        if len(found) < _ROUND:
            break
    return done


async def _done(hands: Hands, approval: Approval | None, approval_id: str) -> bool:
    if approval is None:
        _log.error("what was approved by %s cannot be read", approval_id)
        return False
    try:
        await finish(hands, approval)
    except (*DOWN, TimeoutError):
        raise
    except Exception as error:  # noqa: BLE001 - told, and tried again in half a minute
        _log.error("what was approved by %s cannot be carried out: %s", approval_id, type(error).__name__)
        return False
    return True
