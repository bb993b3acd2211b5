"""A template folder that another release or an operator changed is a new revision of its style, so every pass of it is drawn anew."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from honeyguide.database import Database
from honeyguide.programs.program import Program
from honeyguide.wallet.faces.styles import Styles
from honeyguide.wallet.style_files import store


async def follow_folders(database: Database, styles: Styles, program_id: UUID, program: Program, now: datetime) -> int:
    """How many folders are others than those noted last.

    A worker asks once it knows a program version. While two releases run, the one that started last has the last word: what a
    pass of the other looks like is what phones fetch from it, and content that is the same wakes nobody.
    """
    held = {style: styles.templates[styles.folder(program, style)].folder_digest for style in styles.offered(program)}
    if held.items() <= (await store.folders_noted(database.pool, program_id)).items():
        return 0
    changed = 0
    async with database.transaction() as connection:
        await store.lock_styles(connection, program_id)
        noted, newest = await store.folders_noted(connection, program_id), await store.newest_revisions(connection, program_id)
        for style, digest in held.items():
            if noted.get(style) != digest:
                await store.note_folder(connection, program_id, style, newest.get(style, 0) + 1, digest, now)
                changed += 1
    return changed
