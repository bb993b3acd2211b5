"""A member signs out: one device, or all."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import strawberry

from honeyguide.api.context import Info
from honeyguide.api.types.session import persons
from honeyguide.identity.sessions import store


@strawberry.input(description="A session to end.")
class EndSessionInput:
    id: strawberry.ID = strawberry.field(description="Of me.sessions.")


@strawberry.input(description="All sessions to end.")
class EndAllSessionsInput:
    keep_current: bool = strawberry.field(default=False, description="Whether the one that asks goes on.")


@strawberry.type(description="Their tokens serve nobody any more, everywhere within a second.")
class SessionsEnded:
    ended: int = strawberry.field(description="How many have ended by this; 0 where they had before, or are not the member's.")


OneInput = Annotated[EndSessionInput, strawberry.argument(description="Which.")]
AllInput = Annotated[EndAllSessionsInput, strawberry.argument(description="Which of them go on.")]


async def end_session(info: Info, input: OneInput) -> SessionsEnded:
    try:
        only = UUID(input.id)
    except ValueError:
        return SessionsEnded(ended=0)
    return await _end(info, only=only)


async def end_all_sessions(info: Info, input: AllInput) -> SessionsEnded:
    return await _end(info, but=info.context.caller.session_id if input.keep_current else None)


async def _end(info: Info, *, but: UUID | None = None, only: UUID | None = None) -> SessionsEnded:
    context, caller = info.context, info.context.caller
    mine = await persons(context, caller.member_id)
    ended = await store.end_sessions(
        context.services.database.pool, caller.program_id, mine, context.now, "ENDED_BY_MEMBER", but=but, only=only
    )
    if ended:
        await context.services.revocations.refresh()
    return SessionsEnded(ended=ended)
