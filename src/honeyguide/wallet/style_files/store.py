"""The operator's own files of pass styles: one typed function a statement of style_files.sql."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from honeyguide.database import Connection, Executor, statements

_SQL = statements(__package__, "style_files.sql")
FOLDER = "folder.sha256"  # no file of an operator: what the folder itself held


async def newest_revisions(executor: Executor, program_id: UUID) -> dict[str, int]:
    """By style; what was never changed is not in it."""
    return {row["style"]: row["revision"] for row in await executor.fetch(_SQL["newest_revisions"], program_id)}


async def files_at(executor: Executor, program_id: UUID, style: str, revision: int) -> dict[str, bytes | None]:
    """By path; None: the folder's own stands there again."""
    return {row["path"]: row["content"] for row in await executor.fetch(_SQL["files_at"], program_id, style, revision)}


async def folders_noted(executor: Executor, program_id: UUID) -> dict[str, str]:
    """The digest by style; a folder that was never noted is not in it."""
    return {row["style"]: row["digest"] for row in await executor.fetch(_SQL["folders_noted"], program_id)}


async def note_folder(connection: Connection, program_id: UUID, style: str, revision: int, digest: str, now: datetime) -> None:
    await insert_files(connection, program_id, style, revision, {FOLDER: digest.encode()}, now)


async def lock_styles(connection: Connection, program_id: UUID) -> None:
    await connection.fetchval(_SQL["lock_style"], program_id)


async def insert_files(
    connection: Connection, program_id: UUID, style: str, revision: int, files: Mapping[str, bytes | None], now: datetime
) -> None:
    paths, contents = list(files), list(files.values())
    digests = [None if content is None else digest_of(content) for content in contents]
    await connection.execute(_SQL["insert_files"], program_id, style, revision, paths, contents, digests, now)


async def find_image(executor: Executor, digest: str) -> bytes | None:
    """An uploaded image by the first 12 digits of its digest or more."""
    content: bytes | None = await executor.fetchval(_SQL["find_image"], f"{digest}%")
    return content


async def drop_superseded(executor: Executor, program_id: UUID, before: datetime, at_most: int) -> int:
    return int(str(await executor.execute(_SQL["drop_superseded"], program_id, before, at_most)).rsplit(" ", 1)[1])


def digest_of(content: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()
