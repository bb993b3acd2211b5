"""The member's tier: the one held at once, then each change of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import cast

from honeyguide.api.context import Info, RequestContext
from honeyguide.api.dashboard import windows_part
from honeyguide.api.live.changes import Event, fingerprint, followed
from honeyguide.api.member.account_changed import PROFILE
from honeyguide.api.types import statement
from honeyguide.api.types.program import TierStatus


async def tier_changed(info: Info) -> AsyncGenerator[TierStatus, None]:
    return cast("AsyncGenerator[TierStatus, None]", _changes(info.context))


async def _changes(context: RequestContext) -> AsyncIterator[Event]:
    caller, told = context.caller, b""
    with context.services.hub.watching(caller.program_id, caller.member_id) as wake:
        async for read in followed(context, wake, lambda at: [PROFILE, windows_part(at.program, at.now)]):
            status, now = statement.tier_status(read.standing.read, read.context), read.context
            seen = fingerprint([status.tier.code, status.since, status.until, status.grace_until]) if status else told
            del read  # what is kept here is kept of thousands who wait
            if status is not None and seen != told:
                told = seen
                yield Event(status, now)
            del status, now
