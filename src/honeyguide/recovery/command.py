"""`honeyguide backup`, `restore` and `after-restore` (docs/backup-and-restore.md)."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

import click

from honeyguide.database.dump import dump, fill
from honeyguide.database.embedded import EmbeddedServer
from honeyguide.database.migrate import migrate
from honeyguide.database.running import Addresses, database_as_it_is
from honeyguide.recovery.after_restore import Ready, WrongRelease, make_ready
from honeyguide.settings import Settings
from honeyguide.wallet.publishing.after_restore import StillServing

_FILE = click.Path(path_type=Path, dir_okay=False)

NEXT = """\
Next, in this order:
  honeyguide verify     proves the books
  honeyguide serve      alone: partners resend what they sent after that moment, under the same keys
  honeyguide worker     only then, so that phones go from the old state to the right one in one step"""


@click.command("backup")
@click.argument("file", type=_FILE)
def backup_command(file: Path) -> None:
    """Write the whole database into FILE, which must not exist yet; servers and workers go on meanwhile.

    The file holds personal data and is readable by you alone. Keys and certificates are not in it: back up the data folder too.
    """
    settings = Settings()
    if settings.database_url is None and not EmbeddedServer(settings.data_dir).exists:
        raise click.ClickException(f"there is no database in {settings.data_dir}, and DATABASE_URL is not set")
    if file.exists():
        raise click.ClickException(f"{file} exists already: a backup is never overwritten")
    if not os.access(file.resolve().parent, os.W_OK | os.X_OK):
        raise click.ClickException(f"{file.resolve().parent} is no folder that we may write to")
    with database_as_it_is(settings) as addresses:
        size = asyncio.run(dump(addresses.owner, file.resolve()))
    click.echo(f"{file}: {size:,} bytes")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def restore_command(file: Path) -> None:
    """Fill an EMPTY database from FILE, bring it to this release's structure, and run after-restore; all of the file or nothing."""
    with database_as_it_is(Settings()) as addresses:
        asyncio.run(fill(addresses.owner, file.resolve()))
        click.echo(f"{file} is restored")
        for name in asyncio.run(migrate(addresses.owner, addresses.application)):
            click.echo(f"applied {name}")
        _after_restore(addresses)


@click.command("after-restore")
def after_restore_command() -> None:
    """Run once after every restore, with all servers and workers stopped: phones and Google will be shown everything anew.

    Phones may show what the restored books have forgotten, and would take the truth for old. `honeyguide restore` runs it by itself; after
    point-in-time recovery, a restored snapshot of a disk, or a standby that took over with commits lost, it is yours. Twice does no harm.
    """
    with database_as_it_is(Settings()) as addresses:
        _after_restore(addresses)


def _after_restore(addresses: Addresses) -> None:
    now = datetime.now(UTC)
    outcome = asyncio.run(make_ready(addresses.application, now))
    match outcome:
        case WrongRelease(unknown=unknown) if unknown:
            raise click.ClickException(
                f"the database is of a newer release (it has {unknown[-1]}): install that one, then run after-restore"
            )
        case WrongRelease(missing=missing):
            raise click.ClickException(f"{len(missing)} migrations are missing: run `honeyguide migrate`, then after-restore")
        case StillServing(sessions=sessions):
            named = ", ".join(f"{count} of {name}" for name, count in sessions.items())
            raise click.ClickException(f"stop all servers and workers first; connected now: {named}")
        case Ready():
            _say(outcome, now)


def _say(ready: Ready, now: datetime) -> None:
    renewed, last = ready.renewed, ready.last_posted
    click.echo(f"tags begin anew with epoch {renewed.epoch}")
    click.echo(
        f"{renewed.passes:,} passes will be drawn anew, {renewed.phones:,} phones woken, {renewed.objects:,} objects at Google compared"
    )
    click.echo(f"the books end at {last.isoformat(timespec='seconds')}" if last else "the books are empty")
    if last is not None and last > now:
        click.echo(
            f"honeyguide: this machine's clock ({now.isoformat(timespec='seconds')}) is behind that; set it and run after-restore again",
            err=True,
        )
    click.echo(NEXT)
