"""Messages on passes in the database: one typed function a statement of messages.sql."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from asyncpg import Record

from honeyguide.database import Executor, statements
from honeyguide.wallet.messages.pass_message import PassMessage

_SQL = statements(__package__, "messages.sql")


async def messages_shown(executor: Executor, program_id: UUID, member_id: UUID, now: datetime) -> list[PassMessage]:
    """What stands on the member's passes at that moment, the newest first; ten at most."""
    return [_message(row) for row in await executor.fetch(_SQL["messages_shown"], program_id, member_id, now)]


def _message(row: Record) -> PassMessage:
    return PassMessage(
        id=row["message_id"],
        kind=row["kind"],
        header=row["header"],
        body=row["body"],
        posted_at=row["posted_at"],
        ends_at=row["ends_at"],
        notify=row["notify"],
    )
