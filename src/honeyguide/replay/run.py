"""One replay from its start to its figures: what the command and the demo both do."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from honeyguide.database import Database, running_database
from honeyguide.replay.access import Access
from honeyguide.replay.api import Api, ApiRefused
from honeyguide.replay.figures import Figures, figures
from honeyguide.replay.journey import Journey
from honeyguide.replay.plan import Draws, acts_of
from honeyguide.replay.play import STREAMS, enrol, play
from honeyguide.replay.posts import GROCER, shift_days
from honeyguide.replay.store import begin_replay
from honeyguide.replay.streams import MOST_POSTS
from honeyguide.replay.summary import Played
from honeyguide.settings import Settings

NAME = "complete-journey"


@dataclass(frozen=True, slots=True)
class Choice:
    """How much to play, what follows from it, and how."""

    households: int | None = None
    baskets: int | None = None
    streams: int = STREAMS
    posts_per_call: int = MOST_POSTS
    draws: Draws = field(default=Draws())


async def kept_shift(settings: Settings, program_id: UUID, journey: Journey, draws: Draws, now: datetime) -> int:
    """The whole days by which this program's replay is shifted, fixed with what is drawn at its first start; raises PlayedOtherwise."""
    async with running_database(settings) as addresses:
        database = await Database.open(addresses.application, pool_size=2)
        try:
            return await begin_replay(database.pool, program_id, NAME, shift_days(journey.last.date(), now.date()), draws, now)
        finally:
            await database.close()


async def replay(journey: Journey, access: Access, shift: int, choice: Choice, console: Console) -> tuple[Played, Figures | None]:
    """Enrol, post, ask for the figures; raises ApiAway or ApiRefused."""
    chosen = journey.chosen(choice.households, choice.baskets)
    acts = acts_of(journey, chosen, shift, choice.draws)
    households = {basket.household for basket in chosen}
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    started = time.monotonic()
    async with httpx.AsyncClient(limits=limits) as http:
        partners = {code: Api(http, access.url, "partner", credentials) for code, credentials in access.partners.items()}
        with _progress(console) as progress:
            enrolled = await enrol(partners[GROCER], households)
            bar = progress.add_task("purchases", total=journey.count_posts(chosen) + len(acts))
            tally = await play(
                journey,
                chosen,
                shift,
                partners,
                lambda count: progress.advance(bar, count),
                acts=acts,
                streams=choice.streams,
                posts_per_call=choice.posts_per_call,
            )
        requests = sum(api.requests for api in partners.values())
        played = Played(len(chosen), len(households), enrolled, tally, requests, time.monotonic() - started)
        if access.operator_token is None:
            return played, None
        try:
            return played, await figures(Api(http, access.url, "operator", token=access.operator_token))
        except ApiRefused as refused:
            console.print(f"no figures of the operator's: {refused}", style="yellow")
            return played, None


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console)
