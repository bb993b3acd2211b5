"""After a restore: phones and Google know of a time that the books have lost, so everything is shown to them anew (A43, A45)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from honeyguide.database import Connection, statements

_SQL = statements(__package__, "after_restore.sql")


@dataclass(frozen=True, slots=True)
class Renewed:
    """What will be shown anew, and the epoch of the tags from now on."""

    epoch: int
    passes: int
    phones: int
    objects: int


@dataclass(frozen=True, slots=True)
class StillServing:
    """A refusal: processes of ours are connected, by name and number of sessions; they could hand out tags meanwhile."""

    sessions: Mapping[str, int]


async def after_restore(connection: Connection, now: datetime) -> Renewed | StillServing:
    """Mark every pass, registration and object at Google as unknown to whoever shows it; running it twice shows everything once.

    It needs a connection without a time limit: it touches every row of a pass, in one transaction.
    """
    async with connection.transaction():
        sessions = {row["application_name"]: row["sessions"] for row in await connection.fetch(_SQL["sessions_of_ours"])}
        if sessions:
            return StillServing(sessions)
        # Locks in the order of README.md, though nobody else should be here: pass, pass_tag, registration, object.
        passes = _count(await connection.execute(_SQL["draw_all_anew"], now))
        epoch: int = await connection.fetchval(_SQL["begin_epoch"], now)
        phones = _count(await connection.execute(_SQL["forget_what_phones_heard"]))
        objects = _count(await connection.execute(_SQL["forget_what_google_has"]))
    return Renewed(epoch, passes, phones, objects)


def _count(status: str) -> int:
    return int(status.rsplit(" ", 1)[1])
