"""A credential is ended: its tokens stop within a second in every process."""

from __future__ import annotations

from datetime import datetime

from honeyguide.audit import Act, Action, Actor, Subject, SubjectKind, actor_of, record
from honeyguide.caller import Caller
from honeyguide.database import Database
from honeyguide.identity import store
from honeyguide.identity.credential_wish import may_touch
from honeyguide.identity.store import Credential


async def revoke_credential(database: Database, caller: Caller, client_id: str, now: datetime) -> Credential | None:
    """The credential as it is now, ended before or just now; None where the caller has no such one."""
    credential = await store.credential(database.pool, client_id)
    if credential is None or not may_touch(caller, credential):
        return None
    await end(database, credential, actor_of(caller), now)
    return await store.credential(database.pool, client_id)


async def end(database: Database, credential: Credential, actor: Actor, now: datetime) -> bool:
    """False where it was ended before, which leaves no second row in the trail."""
    async with database.transaction() as connection:
        ended = await store.revoke_credential(connection, credential.program_id, credential.client_id, now)
        if ended:
            subject = Subject(SubjectKind.CREDENTIAL, credential.client_id)
            await record(connection, Act(credential.program_id, now, actor, Action.REVOKE_CREDENTIAL, subject))
    return ended
