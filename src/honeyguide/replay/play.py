"""Plays baskets and what follows from them through the partner API: several streams side by side, each household in one of them, in order of time."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import TypeVar

from honeyguide.replay.acting import do_acts
from honeyguide.replay.acts import Act
from honeyguide.replay.api import Api, ApiRefused
from honeyguide.replay.documents import ENROL, POST
from honeyguide.replay.journey import Basket, Journey
from honeyguide.replay.plan import items_of
from honeyguide.replay.posts import Post, email_of
from honeyguide.replay.streams import MOST_POSTS, calls_of, streams_of
from honeyguide.replay.tally import Tally

STREAMS = 4
ENROLMENTS_AT_ONCE = 16

Progressed = Callable[[int], None]  # so many posts more were answered
Answer = TypeVar("Answer")


async def enrol(api: Api, households: Iterable[int]) -> int:
    """Every household is a member afterwards; answers how many were asked for now and not in an earlier run."""
    waiting = iter(sorted(set(households)))

    async def one_after_the_other() -> int:
        return sum([await _enrol(api, household) for household in waiting])

    return sum(await _together([one_after_the_other() for _ in range(ENROLMENTS_AT_ONCE)]))


async def play(
    journey: Journey,
    baskets: Sequence[Basket],
    shift_days: int,
    partners: Mapping[str, Api],
    progressed: Progressed,
    *,
    acts: Iterable[Act] = (),
    streams: int = STREAMS,
    posts_per_call: int = MOST_POSTS,
) -> Tally:
    """Post all baskets and do the acts; raises ApiAway or ApiRefused, after which the same call goes on where this one ended."""
    tally = Tally()
    following: defaultdict[int, list[Act]] = defaultdict(list)
    for act in acts:
        following[act.household].append(act)

    async def stream(own: Sequence[Basket]) -> None:
        own_acts = [act for household in {basket.household for basket in own} for act in following[household]]
        for call in calls_of(items_of(journey, own, own_acts, shift_days), posts_per_call):
            posts = [item for item in call if isinstance(item, Post)]
            if posts:
                await _post(partners[posts[0].partner], posts, tally, progressed)
            else:
                await do_acts(partners, [item for item in call if isinstance(item, Act)], tally, progressed)

    await _together([stream(own) for own in streams_of(baskets, streams)])
    return tally


async def _together(work: Sequence[Coroutine[None, None, Answer]]) -> list[Answer]:
    """All of it side by side; the first failure ends the rest and is raised as itself."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in work]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]


async def _post(api: Api, posts: list[Post], tally: Tally, progressed: Progressed) -> None:
    """One call, and what the till was too busy for again, before the stream goes on."""
    while posts:
        data = await api.ask(POST, {"input": {"transactions": [post.as_input() for post in posts]}})
        answer = data["postTransactions"]
        if answer["__typename"] != "BatchPosted":
            raise ApiRefused(f"{answer['code']}: {answer['message']}")
        busy: list[Post] = []
        wait = 0.0
        for post, result in zip(posts, answer["results"], strict=True):
            seconds = tally.add(post, result)
            if seconds is not None:
                busy.append(post)
                wait = max(wait, seconds)
        progressed(len(posts) - len(busy))
        posts = busy
        await asyncio.sleep(wait)


async def _enrol(api: Api, household: int) -> bool:
    asked = {"idempotencyKey": f"complete-journey/household-{household}", "email": email_of(household), "locale": "en"}
    answer = (await api.ask(ENROL, {"input": asked}))["enrollMember"]
    if answer["__typename"] != "MemberEnrolled":
        raise ApiRefused(f"household {household} was not enrolled: {answer['code']}: {answer['message']}")
    return not answer["replayed"]
