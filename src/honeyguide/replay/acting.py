"""Does acts through the partner API: those of one member one after the other, members side by side."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from honeyguide.replay.acts import Act
from honeyguide.replay.api import Api
from honeyguide.replay.tally import Tally

ACTS_AT_ONCE = 8  # of each stream


async def do_acts(partners: Mapping[str, Api], acts: Sequence[Act], tally: Tally, progressed: Callable[[int], None]) -> None:
    """Raises ApiAway or ApiRefused."""
    by_household: defaultdict[int, list[Act]] = defaultdict(list)
    for act in acts:
        by_household[act.household].append(act)
    turn = asyncio.Semaphore(ACTS_AT_ONCE)

    async def one_after_the_other(own: Sequence[Act]) -> None:
        async with turn:
            for act in own:
                await _act(partners[act.partner], act, tally)
                progressed(1)

    try:
        async with asyncio.TaskGroup() as group:
            for own in by_household.values():
                group.create_task(one_after_the_other(own))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def _act(api: Api, act: Act, tally: Tally) -> None:
    while True:
        answer = (await api.ask(act.MUTATION, {"input": act.as_input(tally.holds)}))["answer"]
        seconds = tally.add_act(act, answer)
        if seconds is None:
            return
        await asyncio.sleep(seconds)
