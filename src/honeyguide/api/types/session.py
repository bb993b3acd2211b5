"""Where a member is signed in."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import strawberry

from honeyguide.api.context import RequestContext
from honeyguide.identity.sessions import store
from honeyguide.members import endings


@strawberry.type(description="A sign-in by one-time code that goes on; at most 20 a member.")
class Session:
    id: strawberry.ID = strawberry.field(description="Names the session to endSession.")
    device: str | None = strawberry.field(description="How the app called itself when signing in.")
    started_at: datetime = strawberry.field(description="When the member signed in.")
    last_used_at: datetime = strawberry.field(description="When it got its newest token.")
    ends_at: datetime = strawberry.field(description="When it ends unless it is used: after 30 days, at most 180 after its start.")
    is_current: bool = strawberry.field(description="Whether it is the one that asks.")


async def sessions_of(context: RequestContext, member_id: UUID) -> list[Session]:
    pool, caller = context.services.database.pool, context.caller
    known = await store.sessions_of(pool, caller.program_id, await persons(context, member_id), context.now)
    return [
        Session(
            id=strawberry.ID(str(one.session_id)),
            device=one.device,
            started_at=one.created_at,
            last_used_at=one.used_at,
            ends_at=one.ends_at,
            is_current=one.session_id == caller.session_id,
        )
        for one in known
    ]


async def persons(context: RequestContext, member_id: UUID) -> list[UUID]:
    """The member and whom he took over: their sessions go on as his."""
    return [member_id, *await endings.merged_into(context.services.database.pool, context.caller.program_id, member_id)]
