"""`honeyguide secrets rotate-columns` (docs/security.md, keys and their rotation)."""

from __future__ import annotations

import asyncio

import asyncpg
import click

from honeyguide.database import prepare_connection
from honeyguide.database.running import database_as_it_is
from honeyguide.rotation.rotate import Rotated, rotate_columns
from honeyguide.settings import Settings, load_settings


@click.group("secrets")
def secrets_command() -> None:
    """Keys of this installation."""


@secrets_command.command("rotate-columns")
@click.option("--dry-run", is_flag=True, help="Count only.")
def rotate_columns_command(dry_run: bool) -> None:
    """Seal what former secret keys sealed under the newest one; afterwards the former ones open nothing in the database.

    It may run while servers and workers do, once all of them know the newest key, and it may run again.
    """
    settings = load_settings()
    with database_as_it_is(settings) as addresses:
        rotated = asyncio.run(_rotate(addresses.application, settings, dry=dry_run))
    for one in rotated:
        click.echo(f"{one.table}.{one.column}: {one.rows} sealed values, {one.sealed} under a former key, {one.lost} under no known key")
    if any(one.lost for one in rotated):
        raise click.ClickException("some values open under no known key: add the key that sealed them to HONEYGUIDE_SECRET_KEY_BEFORE")


async def _rotate(url: str, settings: Settings, *, dry: bool) -> list[Rotated]:
    connection = await asyncpg.connect(url, timeout=10, server_settings={"application_name": "honeyguide secrets", "timezone": "UTC"})
    try:
        await prepare_connection(connection)
        return await rotate_columns(connection, settings.secrets, dry=dry)
    finally:
        await connection.close()
