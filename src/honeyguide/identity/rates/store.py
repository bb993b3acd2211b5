"""Leases of buckets: one typed function a statement of rates.sql."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from honeyguide.database import Executor, statements
from honeyguide.identity.rates.rate import Bucket

_SQL = statements(__package__, "rates.sql")


@dataclass(frozen=True, slots=True)
class Lease:
    """`granted` to this process; the bucket, without it, is full in so many seconds."""

    granted: int
    full_in: float


async def lease(executor: Executor, bucket: Bucket, *, need: int, want: int) -> Lease:
    """Get `want`, or less that covers `need`, or nothing."""
    rate = bucket.rate
    row = await executor.fetchrow(_SQL["lease"], bucket.key, rate.restore, need, min(want, rate.capacity), rate.capacity)
    return Lease(row["granted"], row["full_in_us"] / 1_000_000)


async def bring_back(executor: Executor, unused: Sequence[tuple[Bucket, int]]) -> None:
    columns = [bucket.key for bucket, _ in unused], [amount for _, amount in unused], [bucket.rate.restore for bucket, _ in unused]
    await executor.execute(_SQL["bring_back"], *columns)


async def sweep(executor: Executor, limit: int) -> int:
    return int(str(await executor.execute(_SQL["sweep"], limit)).split()[-1])
