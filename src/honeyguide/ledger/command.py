"""`honeyguide verify`: prove the books, and say where they are broken."""

from __future__ import annotations

import asyncio
import sys

import click

from honeyguide.database import Database, running_database
from honeyguide.ledger.books import BrokenRow, broken_rows, count_transactions
from honeyguide.settings import load_settings


@click.command("verify")
def verify_command() -> None:
    """Prove the books of all programs: stored balances, lots and tiers against what the append-only tables alone rebuild.

    Prints every broken row and fails when there is one.
    """
    rows, transactions = asyncio.run(_verify())
    for row in rows:
        click.echo(f"{row.rule}: member {row.member_id}, {row.detail}", err=True)
    click.echo(f"{len(rows)} broken rows in {transactions:,} transactions")
    sys.exit(1 if rows else 0)


async def _verify() -> tuple[list[BrokenRow], int]:
    async with running_database(load_settings()) as addresses:
        database = await Database.open(addresses.application, pool_size=2)
        try:
            return await broken_rows(database.pool), await count_transactions(database.pool)
        finally:
            await database.close()
