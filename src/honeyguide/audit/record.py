"""Write an act into the trail, in the transaction of what it tells of."""

from __future__ import annotations

from uuid_utils.compat import uuid7

from honeyguide.audit.act import Act
from honeyguide.database import Executor, statements

_SQL = statements(__package__, "audit.sql")


async def record(connection: Executor, act: Act) -> None:
    """Keep the act; when it cannot be kept, this raises, and what it tells of must not happen either."""
    await connection.execute(
        _SQL["insert_act"],
        act.program_id,
        uuid7(),
        act.at,
        act.actor.name,
        act.actor.audience,
        act.actor.credential_id,
        str(act.action),
        str(act.subject.kind),
        act.subject.key,
        list(act.concerned),
        act.request_id,
        act.approval_id,
        dict(act.detail),
    )
