"""`honeyguide migrate`: bring the database to this release's structure, or say whether it is."""

from __future__ import annotations

import asyncio
import sys

import click

from honeyguide.database.database import Database
from honeyguide.database.migrate import migrate
from honeyguide.database.running import database_as_it_is
from honeyguide.settings import Settings


@click.command("migrate")
@click.option("--check", is_flag=True, help="Change nothing; fail when the database is down or behind.")
def migrate_command(check: bool) -> None:
    """Bring the database to this release's structure; all missing migrations or none.

    Connects with DATABASE_OWNER_URL, or DATABASE_URL where one login does both, or starts the embedded server.
    """
    with database_as_it_is(Settings()) as addresses:
        _migrate(addresses.application, addresses.owner, check)


def _migrate(application: str, owner: str, check: bool) -> None:
    if check:
        trouble = asyncio.run(_trouble(application))
        click.echo(trouble or "the database serves")
        sys.exit(1 if trouble else 0)
    applied = asyncio.run(migrate(owner, application))
    for name in applied:
        click.echo(f"applied {name}")
    if not applied:
        click.echo("nothing to do: the database has this release's structure")


async def _trouble(url: str) -> str | None:
    database = await Database.open(url, pool_size=2)
    try:
        return await database.trouble()
    finally:
        await database.close()
