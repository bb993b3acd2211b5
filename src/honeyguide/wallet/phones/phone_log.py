"""The latest lines that iPhones logged, over all processes: one typed function a statement of phone_log.sql (A50)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from honeyguide.database import Executor, statements
from honeyguide.wallet.phones.device_log import LoggedLine

_SQL = statements(__package__, "phone_log.sql")
MOST_LINES = 200
SHOWN_FOR = timedelta(days=30)


async def keep_lines(executor: Executor, lines: Sequence[LoggedLine]) -> None:
    if lines:
        columns = zip(*((line.at, line.task, line.pass_type, line.serial, line.code, line.text) for line in lines), strict=True)
        await executor.execute(_SQL["keep_lines"], *(list(column) for column in columns))


async def phone_log(executor: Executor, program_id: UUID, now: datetime) -> list[LoggedLine]:
    """The newest first; lines about another program's passes are not among them."""
    return [LoggedLine(**row) for row in await executor.fetch(_SQL["read_lines"], program_id, MOST_LINES, now - SHOWN_FOR)]
