"""What waits for Google, for Prometheus and for the operator (G9)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from prometheus_client import Gauge

from honeyguide.database import Executor
from honeyguide.settings import Settings
from honeyguide.wallet.at_google import objects as google_objects
from honeyguide.wallet.google.limiter import calls_per_second

QUEUE = Gauge("honeyguide_google_queue", "Cards at Google that show an older state and wait for their turn.")
QUEUE_SECONDS = Gauge("honeyguide_google_queue_seconds", "How long this queue takes at the permitted speed.")


@dataclass(frozen=True, slots=True)
class GoogleQueue:
    """`waiting` objects are done at `done_at`, as far as Google keeps up; `resting` ones show an older state that nobody sees."""

    waiting: int
    resting: int
    seconds: int
    done_at: datetime


async def google_queue(executor: Executor, settings: Settings, now: datetime) -> GoogleQueue:
    waiting, resting = await google_objects.count_queue(executor)
    seconds = math.ceil(waiting / calls_per_second(settings))
    return GoogleQueue(waiting, resting, seconds, now + timedelta(seconds=seconds))


async def observe(executor: Executor, settings: Settings, now: datetime) -> None:
    """Set both to what the database says now."""
    found = await google_queue(executor, settings, now)
    QUEUE.set(found.waiting)
    QUEUE_SECONDS.set(found.seconds)
