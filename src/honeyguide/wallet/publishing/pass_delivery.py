"""How passes reach phones now, in the operator's few numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from honeyguide.database import Executor
from honeyguide.settings import Settings
from honeyguide.wallet.at_google.metrics import google_queue
from honeyguide.wallet.phones.lags import Lags
from honeyguide.wallet.publishing import outbox


@dataclass(frozen=True, slots=True)
class PassDelivery:
    """`stale` passes wait since `oldest_stale_since`; pushes and patches are counted over both wallets."""

    stale: int
    oldest_stale_since: datetime | None
    pushed_last_hour: int
    failed_last_hour: int
    google_queue_seconds: int
    commit_to_push: Lags
    commit_to_fetch: Lags


async def pass_delivery(executor: Executor, settings: Settings, program_id: UUID, now: datetime) -> PassDelivery:
    """Stale passes of one program; pushes, failures and Google's queue are of the whole installation, which shares the limits."""
    row = await outbox.read_delivery(executor, program_id, now)
    queue = await google_queue(executor, settings, now)
    lags = await outbox.read_lags(executor, now)
    return PassDelivery(
        row.stale,
        row.oldest_stale_since,
        row.delivered,
        row.failed,
        queue.seconds,
        commit_to_push=lags["push"],
        commit_to_fetch=lags["fetch"],
    )
