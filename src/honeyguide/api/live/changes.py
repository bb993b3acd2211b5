"""How a subscription follows its member: read at once, wait for a wake, read again; what is slow to read on simply sees the latest state."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2s
from typing import Any

import orjson

from honeyguide.api.context import RequestContext
from honeyguide.api.dashboard import Part
from honeyguide.api.live.hub import Wake
from honeyguide.api.looks import Looks
from honeyguide.api.types.standing import Standing, standings
from honeyguide.database.database import DOWN
from honeyguide.members.store import MemberStatus
from honeyguide.programs.current import UnknownProgram

# Changes within this time are one event.
TOGETHER_SECONDS = 0.05
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 8.0

PartsAt = Callable[[RequestContext], Sequence[Part]]


@dataclass(frozen=True, slots=True)
class Event:
    """What the root field answers, and the context in which the rest of the operation is executed."""

    value: Any
    context: RequestContext


@dataclass(frozen=True, slots=True)
class Read:
    """The member as read at a moment, which is the context's."""

    standing: Standing
    context: RequestContext


async def followed(context: RequestContext, wake: Wake, parts: PartsAt) -> AsyncIterator[Read]:
    """The caller as read now and after each wake, each time at a moment of its own; ends with the membership."""
    time, is_first = asyncio.get_running_loop().time, True
    while True:
        context = _now(context)
        standing, read_at = await _read(context, parts, first=is_first), time()
        is_first = False
        if standing is None or MemberStatus(standing.profile["status"]).is_over:
            return
        wake.version = standing.profile["version"]
        context.member_locale = standing.profile["locale"]
        yield Read(standing, context)
        del standing  # else it would be kept until the next change
        await wake.wait()
        if (rest := read_at + TOGETHER_SECONDS - time()) > 0:
            await asyncio.sleep(rest)


def fingerprint(value: Any) -> bytes:
    """Tells whether something differs from what was sent, without keeping what was sent."""
    return blake2s(orjson.dumps(value, default=str), digest_size=16).digest()


def _now(context: RequestContext) -> RequestContext:
    services = context.services
    try:
        applied = services.programs.current(context.caller.program_id)
    except UnknownProgram:
        applied = context.applied
    return replace(context, applied=applied, now=services.clock(), looks=Looks())


async def _read(context: RequestContext, parts: PartsAt, *, first: bool) -> Standing | None:
    """Waits for a database that is away: the books keep what happens meanwhile."""
    member_id, pause = context.caller.member_id, _FIRST_PAUSE
    while True:
        try:
            async with context.services.hub.reading(first=first):
                context.now = context.services.clock()
                return (await standings(context, [member_id], parts(context))).get(member_id)
        except (*DOWN, TimeoutError):
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - so that not all come back at once
            pause = min(pause * 2, _LONGEST_PAUSE)
