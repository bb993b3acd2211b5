"""What one process holds of a caller's bucket."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from honeyguide.identity.rates.rate import Bucket


@dataclass(slots=True)
class Share:
    """Moments are of this process's monotonic clock. `left`: leased and not spent; `full_at`: when the rest, in the database, is full.

    `dry_until`: before it nobody need ask the database, for the bucket was found empty. `waiting`: the costs of those who wait for a lease.
    `peak`: the dearest request lately.
    """

    bucket: Bucket
    used_at: float
    left: int = 0
    full_at: float = 0.0
    dry_until: float = 0.0
    waiting: int = 0
    peak: int = 0
    alone_since: float | None = None  # when the database could first not be asked
    lease: asyncio.Task[None] | None = field(default=None, repr=False)

    def spend(self, cost: int, now: float) -> bool:
        if self.left < cost:
            return False
        self.left -= cost
        self.used_at = now
        self.peak = max(self.peak, cost)
        return True

    def available(self, now: float) -> int:
        """As far as this process knows: other processes may have taken of it since."""
        rate = self.bucket.rate
        return max(0, min(rate.capacity, self.left + self._in_database(now)))

    def wait(self, cost: int, now: float) -> float:
        """Seconds until so much will have flowed in."""
        missing = cost - self.left - self._in_database(now)
        return max(missing / self.bucket.rate.restore, self.dry_until - now, 0.0)

    def surplus(self) -> int:
        """What refunds left here beyond what this caller's requests need."""
        enough = self.bucket.rate.share + self.peak
        self.peak //= 2
        return self.left - enough if self.left > 2 * enough else 0

    def _in_database(self, now: float) -> int:
        rate = self.bucket.rate
        return rate.capacity - int(max(0.0, self.full_at - now) * rate.restore)
