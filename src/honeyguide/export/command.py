"""`honeyguide export`: the company hands a person what it holds of him, also of one who has left (GDPR 15 and 20)."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import IO
from uuid import UUID

import click

from honeyguide.audit import Act, Action, at_this_shell, member_subject, record
from honeyguide.database import Database, statements
from honeyguide.export.as_json import TooLarge, write_json
from honeyguide.export.parts import Telling
from honeyguide.export.reading import Reading, reading
from honeyguide.export.sections import read_sections
from honeyguide.identity.command import with_database
from honeyguide.members.person import PersonVault
from honeyguide.programs.current import Programs
from honeyguide.settings import Settings, load_settings

_SQL = statements(__package__, "export.sql")


@click.command("export")
@click.argument("number")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--program", "program_code", help="Code of the program, when there are several.")
@click.option("--language", help="Of the file; default the program's own.")
def export_command(number: str, file: Path, program_code: str | None, language: str | None) -> None:
    """Write all that is held of the member with this NUMBER into FILE (.json; .pdf for people), readable by you alone.

    Members take their data along in the app; this is for who has left and cannot sign in any more. Make sure who asks. The audit trail tells of it.
    """
    if file.suffix not in (".json", ".pdf"):
        raise click.ClickException("the file's name has to end in .json or .pdf")
    try:
        out = os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from None

    async def write(settings: Settings, database: Database, program_id: UUID) -> str:
        await _write(settings, database, program_id, number.strip(), out, file.suffix, language)
        return f"{file}: {out.tell():,} bytes"

    try:
        with out:
            said = asyncio.run(with_database(load_settings(), program_code, write))
    except BaseException as error:
        file.unlink()
        if isinstance(error, TooLarge):
            raise click.ClickException("more is held than an export may have") from None
        raise
    click.echo(said)


async def _write(
    settings: Settings, database: Database, program_id: UUID, number: str, out: IO[bytes], form: str, language: str | None
) -> None:
    programs = Programs()
    await programs.start(database)
    try:
        program, now = programs.current(program_id).program, datetime.now(UTC)
    finally:
        await programs.close()
    member_id = await database.pool.fetchval(_SQL["member_with_number"], program_id, number)
    if member_id is None:
        raise click.ClickException("no member has this number; of who was erased nothing is held")
    act = Act(program_id, now, at_this_shell(), Action.LOOK, member_subject(member_id), (member_id,), detail={"fields": ["export"]})
    await record(database.pool, act)  # first: what cannot be noted is not shown
    telling = Telling(program_id, program, language or program.default_locale, PersonVault.of(*settings.secrets))
    async with reading(database, member_id, telling, left_too=True) as snapshot:
        if snapshot is None:
            raise click.ClickException("the member was erased a moment ago")
        await _fill(snapshot, out, form, now)


async def _fill(snapshot: Reading, out: IO[bytes], form: str, now: datetime) -> None:
    if form == ".json":
        await write_json(snapshot, out, now)
        return
    from honeyguide.export.as_pdf import draw  # typefaces take most of a second to load

    telling = snapshot.telling
    out.write(draw(await read_sections(snapshot), telling.program, telling.language, now))
