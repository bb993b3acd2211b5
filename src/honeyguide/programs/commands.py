"""`honeyguide program check FILE` and `apply FILE`."""

from __future__ import annotations

import asyncio
from collections.abc import Sized
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import asyncpg
import click

from honeyguide.audit import at_this_shell
from honeyguide.database import Database, running_database
from honeyguide.programs.apply_program import ProgramChanged, apply_program
from honeyguide.programs.current import Applied
from honeyguide.programs.findings import ProgramInvalid
from honeyguide.programs.program import load
from honeyguide.settings import load_settings

_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group()
def program() -> None:
    """Check program files and put them in force."""


@program.command()
@_FILE
def check(file: Path) -> None:
    """Say whether FILE is a valid program file, and what is wrong where."""
    found = load(_text(file))
    if isinstance(found, ProgramInvalid):
        _show(file, found)
    click.echo(f"{file}: a valid program file: {found.code}, {_counted(found.earning, 'rule')}, {_counted(found.partners, 'partner')}")


@program.command()
@_FILE
@click.option("--expect", type=click.IntRange(min=0), help="The version that you edited; refuse when another one is in force.")
def apply(file: Path, expect: int | None) -> None:
    """Put FILE in force as the next version of its program; running processes take it up within a second."""
    outcome = asyncio.run(_apply(_text(file), expect))
    if isinstance(outcome, ProgramInvalid):
        _show(file, outcome)
    if isinstance(outcome, ProgramChanged):
        raise click.ClickException(f"version {outcome.version} is in force, not {expect}: look at what changed, then apply again")
    click.echo(f"{file}: version {outcome.version} of {outcome.program.code} is in force")


async def _apply(source: str, expect: int | None) -> Applied | ProgramInvalid | ProgramChanged:
    async with running_database(load_settings()) as addresses:
        database = await Database.open(addresses.application, pool_size=1)
        try:
            async with database.pool.acquire() as connection:
                now, who = datetime.now(UTC), at_this_shell()
                return await apply_program(connection, source=source, expected_version=expect, applied_by=who, now=now)
        except (OSError, asyncpg.PostgresError) as error:
            raise click.ClickException(f"the database does not answer ({type(error).__name__}); nothing was applied") from None
        finally:
            await database.close()


def _show(file: Path, invalid: ProgramInvalid) -> NoReturn:
    for finding in invalid.findings:
        click.echo(f"{file}:{finding}", err=True)
    raise SystemExit(1)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise click.ClickException(f"{file} is not UTF-8 text") from None


def _counted(things: Sized, name: str) -> str:
    count = len(things)
    return f"{count} {name}{'' if count == 1 else 's'}"
