"""Reads and writes programs and their versions: one typed function a statement of programs.sql."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from honeyguide.database import Connection, Executor, statements

_SQL = statements(__package__, "programs.sql")


async def insert_program(connection: Connection, program_id: UUID, code: str, now: datetime) -> None:
    await connection.execute(_SQL["insert_program"], program_id, code, now)


async def lock_program(connection: Connection, code: str) -> UUID:
    """The id of a program that exists; it stays locked until the transaction ends."""
    program_id: UUID = await connection.fetchval(_SQL["lock_program"], code)
    return program_id


async def program_code(executor: Executor, program_id: UUID) -> str | None:
    code: str | None = await executor.fetchval(_SQL["program_code"], program_id)
    return code


async def last_version(executor: Executor, program_id: UUID) -> tuple[int, str, datetime] | None:
    """Number, source and moment of the newest version; None before the first."""
    row = await executor.fetchrow(_SQL["last_version"], program_id)
    return (row["version"], row["source"], row["applied_at"]) if row else None


async def version_source(executor: Executor, program_id: UUID, version: int) -> tuple[str, datetime] | None:
    """Source and moment of one version."""
    row = await executor.fetchrow(_SQL["version_source"], program_id, version)
    return (row["source"], row["applied_at"]) if row else None


async def version_history(executor: Executor, program_id: UUID) -> tuple[tuple[int, datetime], ...]:
    """Number and moment of every version, the oldest first."""
    return tuple((row["version"], row["applied_at"]) for row in await executor.fetch(_SQL["version_history"], program_id))


async def insert_version(connection: Connection, program_id: UUID, version: int, source: str, applied_by: str, now: datetime) -> None:
    await connection.execute(_SQL["insert_version"], program_id, version, source, applied_by, now)


async def newest_versions(executor: Executor) -> dict[UUID, int]:
    """The newest version number of every program."""
    return {row["program_id"]: row["version"] for row in await executor.fetch(_SQL["newest_versions"])}
