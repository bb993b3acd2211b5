"""`honeyguide pass renew`: a pass file went astray, so its token and its add links are replaced (A25)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import click

from honeyguide.audit import Act, Action, at_this_shell, member_subject, record
from honeyguide.database import Database
from honeyguide.database.running import database_as_it_is
from honeyguide.settings import Settings
from honeyguide.wallet import store


@click.command("renew")
@click.argument("serial")
def renew_command(serial: str) -> None:
    """Replace the token of the pass with this SERIAL: its phones hear of it by a push, and the former token serves until they fetched it.

    Whoever copied the file fetches nothing from then on, unless he does before the phone; add links of the pass are dead at once.
    """
    with database_as_it_is(Settings()) as addresses:
        generation = asyncio.run(_renew(addresses.application, serial))
    if generation is None:
        raise click.ClickException("no pass has this serial")
    click.echo(f"the pass has its token number {generation} as soon as it is drawn; its phones are told")


async def _renew(url: str, serial: str) -> int | None:
    database = await Database.open(url, pool_size=1)
    try:
        return await renew(database, serial, datetime.now(UTC))
    finally:
        await database.close()


async def renew(database: Database, serial: str, now: datetime) -> int | None:
    """The pass's next generation, with a row in the trail of the same commit; None where no pass has this serial."""
    async with database.transaction() as connection:
        renewed = await store.renew_pass(connection, serial, now)
        if renewed is None:
            return None
        key, generation = renewed
        detail = {"pass": str(key.pass_id), "generation": generation}
        act = Act(key.program_id, now, at_this_shell(), Action.RENEW_PASS, member_subject(key.member_id), detail=detail)
        await record(connection, act)
    return generation
