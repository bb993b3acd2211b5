"""Reads and writes one-time codes and sessions: one typed function a statement of sessions.sql."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from honeyguide.database import Connection, Executor, statements
from honeyguide.identity.sessions.code import LIFE, MOST_AN_HOUR, MOST_TRIES, WINDOW
from honeyguide.identity.sessions.refresh_token import IDLE, LONGEST, RefreshToken

_SQL = statements(__package__, "sessions.sql")
ENDED_SESSIONS = _SQL["ended_sessions"]
_DROPPED_AT_ONCE = 1_000  # rows a round of the retention jobs
MOST_SESSIONS = 20  # of a member: the next sign-in ends the one that was used longest ago


@dataclass(frozen=True, slots=True)
class Session:
    """`device`: how the app called itself."""

    session_id: UUID
    device: str | None
    created_at: datetime
    used_at: datetime
    ends_at: datetime


async def put_code(executor: Executor, program_id: UUID, subject: bytes, code_hash: bytes, now: datetime) -> bool:
    """False where the address had as many codes as an hour allows: the last one goes on."""
    return bool(await executor.fetchval(_SQL["put_code"], program_id, subject, code_hash, now, now + LIFE, MOST_AN_HOUR, now - WINDOW))


async def take_try(executor: Executor, program_id: UUID, subject: bytes, now: datetime) -> bytes | None:
    found: bytes | None = await executor.fetchval(_SQL["take_try"], program_id, subject, now, MOST_TRIES)
    return found


async def use_code(executor: Executor, program_id: UUID, subject: bytes, code_hash: bytes) -> bool:
    return bool(await executor.fetchval(_SQL["use_code"], program_id, subject, code_hash))


async def give_back_try(executor: Executor, program_id: UUID, subject: bytes, code_hash: bytes) -> None:
    await executor.execute(_SQL["give_back_try"], program_id, subject, code_hash)


async def drop_codes(executor: Executor, program_id: UUID, before: datetime) -> int:
    return _count(await executor.execute(_SQL["drop_codes"], program_id, before, _DROPPED_AT_ONCE))


async def insert_session(connection: Connection, token: RefreshToken, device: str | None, now: datetime) -> None:
    await connection.execute(
        _SQL["insert_session"], token.program_id, token.member_id, token.session_id, token.secret_hash, device, now, now + IDLE
    )
    for row in await connection.fetch(_SQL["too_many_sessions"], token.program_id, token.member_id, now, MOST_SESSIONS):
        await end_sessions(connection, token.program_id, [token.member_id], now, "TOO_MANY", only=row["session_id"])


async def rotate_session(executor: Executor, old: RefreshToken, new: RefreshToken, now: datetime) -> bool:
    """Whether this token was the newest; of two at once it is so for one."""
    ends_at = await executor.fetchval(
        _SQL["rotate_session"],
        old.program_id,
        old.member_id,
        old.session_id,
        old.generation,
        old.secret_hash,
        new.secret_hash,
        now,
        IDLE,
        LONGEST,
    )
    return ends_at is not None


async def reuse_session(connection: Connection, token: RefreshToken, now: datetime) -> bool:
    """Whether an older token of a living session was used, which has ended by it."""
    return bool(
        await connection.fetchval(_SQL["reuse_session"], token.program_id, token.member_id, token.session_id, token.generation, now)
    )


async def end_sessions(
    executor: Executor,
    program_id: UUID,
    member_ids: Sequence[UUID],
    now: datetime,
    because: str,
    *,
    but: UUID | None = None,
    only: UUID | None = None,
) -> int:
    return len(await executor.fetch(_SQL["end_sessions"], program_id, list(member_ids), but, only, now, because))


async def forget_sessions(connection: Connection, program_id: UUID, member_ids: Sequence[UUID]) -> dict[str, int]:
    """In the transaction of an erasure (members/erase_member.py)."""
    return {"sessions": len(await connection.fetch(_SQL["forget_sessions"], program_id, list(member_ids)))}


async def sessions_of(executor: Executor, program_id: UUID, member_ids: Sequence[UUID], now: datetime) -> list[Session]:
    """At most MOST_SESSIONS."""
    return [Session(**row) for row in await executor.fetch(_SQL["sessions_of"], program_id, list(member_ids), now, MOST_SESSIONS)]


async def drop_sessions(executor: Executor, program_id: UUID, before: datetime) -> int:
    return _count(await executor.execute(_SQL["drop_sessions"], program_id, before, _DROPPED_AT_ONCE))


def _count(done: str) -> int:
    return int(done.rpartition(" ")[2])
