"""Buckets of cost that all server processes share, without a write for each request: README.md says how."""

from __future__ import annotations

import asyncio
import logging
import math
from collections import OrderedDict
from collections.abc import Callable
from functools import partial

import asyncpg

from honeyguide.database import Database
from honeyguide.database.database import DOWN
from honeyguide.endings import ended
from honeyguide.identity.rates import store
from honeyguide.identity.rates.rate import Bucket, Empty
from honeyguide.identity.rates.share import Share

# An unused share is kept so long, then brought back.
KEEP_SECONDS = 10.0
# A bucket that was found empty is not asked for again before it; the flood of a caller costs two writes a second and process.
DRY_SECONDS = 0.5
TEND_SECONDS = 2.0
LEASE_SECONDS = 2.0
MOST_SHARES = 20_000
_TRIES = 4
_BATCH = 1_000
_SWEPT = 10_000
_SWEEP_TURNS = 15

_log = logging.getLogger(__name__)


class Rates:
    """Of one process. `take` before the work, `give` what was too much after it."""

    def __init__(self, database: Database, monotonic: Callable[[], float], most: int = MOST_SHARES) -> None:
        self._database, self._monotonic, self._most = database, monotonic, most
        self._shares: OrderedDict[bytes, Share] = OrderedDict()
        self._unused: list[tuple[Bucket, int]] = []
        self._leases: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None
        self.writes = 0  # statements sent to the database

    def start(self) -> None:
        self._task = asyncio.create_task(self._tend(), name="rates")

    async def close(self) -> None:
        """Bring everything back, if the database is there."""
        await ended(self._task, *self._leases)
        while self._shares:
            self._put_away(*self._shares.popitem(last=False))
        await self._safely(self._bring_back)

    async def take(self, bucket: Bucket, cost: int) -> Empty | None:
        """Charge the caller, or say when to come again. Waits for the database only where this process holds too little of the bucket."""
        share = self._share(bucket)
        for _ in range(_TRIES):
            now = self._monotonic()
            if share.spend(cost, now):
                if share.left < bucket.rate.low_water and share.lease is None and now >= share.dry_until:
                    self._ask(share, 1)
                return None
            if now < share.dry_until:
                break
            share.waiting += cost
            try:
                await asyncio.shield(share.lease or self._ask(share, cost - share.left))
            finally:
                share.waiting -= cost
        return Empty(max(1, math.ceil(share.wait(cost, self._monotonic()))))

    def give(self, bucket: Bucket, amount: int) -> None:
        """What was taken and not needed."""
        self._share(bucket).left += amount

    def available(self, bucket: Bucket) -> int:
        share = self._shares.get(bucket.key)
        return bucket.rate.capacity if share is None else share.available(self._monotonic())

    def _share(self, bucket: Bucket) -> Share:
        share = self._shares.get(bucket.key)
        if share is None:
            share = self._shares[bucket.key] = Share(bucket, self._monotonic())
            if len(self._shares) > self._most:
                self._put_away(*self._shares.popitem(last=False))
        else:
            self._shares.move_to_end(bucket.key)
        return share

    def _ask(self, share: Share, need: int) -> asyncio.Task[None]:
        task = share.lease = asyncio.create_task(self._lease(share, need))
        self._leases.add(task)
        task.add_done_callback(self._leases.discard)
        return task

    async def _lease(self, share: Share, need: int) -> None:
        """One at a time for a share; what is wrong with the database is no reason to fail here."""
        rate = share.bucket.rate
        want = max(need, share.waiting - share.left) + rate.share
        try:
            self.writes += 1
            async with asyncio.timeout(LEASE_SECONDS):
                leased = await store.lease(self._database.pool, share.bucket, need=need, want=want)
            now, granted, share.alone_since = self._monotonic(), leased.granted, None
            share.full_at = now + leased.full_in
        except (*DOWN, asyncpg.PostgresError, TimeoutError) as error:
            _log.debug("a bucket cannot be leased: %s", type(error).__name__)
            now = self._monotonic()
            granted = self._alone(share, need, now)
        finally:
            share.lease = None
        share.left += granted
        if granted < min(want, rate.capacity):
            share.dry_until = now + DRY_SECONDS

    def _alone(self, share: Share, need: int, now: float) -> int:
        """Without the database each process fills a small bucket of its own, as large as a share."""
        rate = share.bucket.rate
        passed = math.inf if share.alone_since is None else now - share.alone_since
        filled = rate.share if passed * rate.restore >= rate.share else int(passed * rate.restore)
        if filled < need:
            return 0
        share.alone_since = now
        return filled

    async def _tend(self) -> None:
        turn = 0
        while True:
            await asyncio.sleep(TEND_SECONDS)
            turn += 1
            self.put_away_unused()
            await self._safely(self._bring_back)
            if turn % _SWEEP_TURNS == 0:
                await self._safely(partial(store.sweep, self._database.pool, _SWEPT))

    def put_away_unused(self) -> None:
        """Shares that nobody spent of lately, and what refunds left over."""
        before = self._monotonic() - KEEP_SECONDS
        for key, share in list(self._shares.items()):
            if share.used_at < before and share.lease is None and not share.waiting:
                self._put_away(key, self._shares.pop(key))
            elif surplus := share.surplus():
                share.left -= surplus
                self._note_unused(share.bucket, surplus)

    def _put_away(self, _key: bytes, share: Share) -> None:
        self._note_unused(share.bucket, share.left)
        share.left = 0

    def _note_unused(self, bucket: Bucket, amount: int) -> None:
        if amount > 0 and len(self._unused) < self._most:
            self._unused.append((bucket, amount))

    async def _bring_back(self) -> None:
        while self._unused:
            batch, self._unused = self._unused[:_BATCH], self._unused[_BATCH:]
            self.writes += 1
            await store.bring_back(self._database.pool, batch)

    async def _safely(self, work: Callable[[], object]) -> None:
        """What cannot be brought back is lost to the caller for as long as it takes to flow in again."""
        try:
            async with asyncio.timeout(LEASE_SECONDS):
                await work()  # type: ignore[misc]
        except (*DOWN, asyncpg.PostgresError, TimeoutError) as error:
            _log.debug("buckets cannot be tended: %s", type(error).__name__)
        except Exception:  # noqa: BLE001 - without it every share would be kept for ever
            _log.exception("buckets cannot be tended")
