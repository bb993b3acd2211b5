"""`honeyguide explain TRANSACTION`: what it was, why it gave and took what it did, and what became of it."""

from __future__ import annotations

import asyncio
from uuid import UUID

import click
from rich.console import Console

from honeyguide.database import Database, running_database
from honeyguide.explain.page import not_found, page
from honeyguide.explain.read import Explained, find_transaction, read_explained
from honeyguide.settings import load_settings

_WIDTH = 140


@click.command("explain")
@click.argument("transaction")
@click.option(
    "--language", default="en", show_default=True, help="Language of the page; en and de, others as far as the program file goes."
)
def explain_command(transaction: str, language: str) -> None:
    """Explain one TRANSACTION to a finance person: its rules and inputs, transfers, lots, what became of them, and the balance after it.

    TRANSACTION is its UUID, or the id of a transaction, an activity or a hold as the API shows it. Nothing personal is printed.
    """
    transaction_id = _asked(transaction)
    told = asyncio.run(_read(transaction_id)) if transaction_id else None
    if told is None:
        raise click.ClickException(not_found(transaction, transaction_id))
    # What comes from tills and program files is text, never markup; piped into a file, the lines must not break at 80 columns.
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = _WIDTH
    console.print(page(told, language))


def _asked(text: str) -> UUID | None:
    """The id of the transaction that is meant; an own event, such as an expiry, has one like any other."""
    try:
        return UUID(text)
    except ValueError:
        pass
    from honeyguide.api.types.node import NodeId, NodeKind  # GraphQL takes a second to load

    named = NodeId.read(text)
    return named.key if named is not None and named.kind in (NodeKind.TRANSACTION, NodeKind.ACTIVITY, NodeKind.HOLD) else None


async def _read(transaction_id: UUID) -> Explained | None:
    async with running_database(load_settings()) as addresses:
        database = await Database.open(addresses.application, pool_size=2)
        try:
            found = await find_transaction(database.pool, transaction_id)
            return None if found is None else await read_explained(database.pool, *found, transaction_id)
        finally:
            await database.close()
