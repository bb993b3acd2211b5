"""The worker's part: stale passes are published, phones are woken and Google is told, at least once, whatever crashes (N8)."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import asyncpg

from honeyguide.database.database import DOWN
from honeyguide.telemetry.spans import root_span
from honeyguide.wallet.assembly import Wallet
from honeyguide.wallet.at_google.delivery import GoogleDelivery
from honeyguide.wallet.mishap import mishap
from honeyguide.wallet.publishing import outbox
from honeyguide.wallet.publishing.outbox import StalePass
from honeyguide.wallet.publishing.phone_pushes import PhonePushes, Pushes
from honeyguide.wallet.publishing.publish import Published
from honeyguide.wallet.publishing.timing import Timing
from honeyguide.wallet.store import PassKey
from honeyguide.wallet.style_files.follow_folders import follow_folders
from honeyguide.wallet.style_files.store import newest_revisions

__all__ = ["Delivery", "Timing"]

_log = logging.getLogger(__name__)

_PUBLISHED_AT_ONCE = 64
_PUBLISHERS = 2
_TOGETHER = 16  # a purchase of a member whose pass is among them waits for the others' commit, so not more


class Delivery:
    """Loops over what is due in the tables; nothing is kept in memory but what is under way and the counts of the last second."""

    def __init__(
        self,
        wallet: Wallet,
        apns: Pushes | None,
        google: GoogleDelivery | None,
        *,
        timing: Timing | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._wallet, self._google = wallet, google
        self._timing, self._jitter = timing or Timing(), jitter
        self._counts: Counter[tuple[str, str]] = Counter()
        self.posted = asyncio.Event()  # set by who hears that something was posted; the poll finds it anyway
        self._wake_pushes, self._wake_google = asyncio.Event(), asyncio.Event()
        self._restyled: dict[object, int] = {}
        self._followed: dict[UUID, int] = {}
        self._phones = PhonePushes(wallet, apns, self._timing, jitter, self._counts) if apns is not None else None

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`, then finish what is under way; a database that is down is waited for."""
        async with asyncio.TaskGroup() as loops:
            loops.create_task(self._loop(self.publish_round, stop, self.posted))
            if self._phones is not None:
                loops.create_task(self._loop(self.push_round, stop, self._wake_pushes))
            if self._google is not None:
                loops.create_task(self._loop(self._google_round, stop, self._wake_google))
            loops.create_task(self._loop(self._sweep_round, stop, every=self._timing.sweep))
            loops.create_task(self._loop(self._second_round, stop, every=timedelta(seconds=1)))
        await self.settle()
        with suppress(*DOWN, asyncpg.PostgresError, TimeoutError):  # counts are not worth a failing exit
            await self._second_round()

    async def publish_round(self) -> bool:
        """Publish the stale passes that wait longest; True when there may be more."""
        pool, timing = self._wallet.database.pool, self._timing
        stale = await outbox.lease_stale_passes(pool, _PUBLISHED_AT_ONCE, self._wallet.clock(), timing.lease)
        batches = iter([stale[start : start + _TOGETHER] for start in range(0, len(stale), _TOGETHER)])

        async def publish_in_turn() -> None:
            for batch in batches:
                await self._publish_batch(batch)
                self._wake_pushes.set()
                self._wake_google.set()

        await asyncio.gather(*(publish_in_turn() for _ in range(min(_PUBLISHERS, len(stale)))))
        return len(stale) == _PUBLISHED_AT_ONCE

    async def push_round(self) -> bool:
        """Start a push for every phone that is due; True when there may be more."""
        return await self._phones.round() if self._phones is not None else False

    async def settle(self) -> None:
        """Wait for what is under way."""
        if self._phones is not None:
            await self._phones.settle()
        if self._google is not None:
            await self._google.settle()

    async def _publish_batch(self, batch: list[StalePass]) -> None:
        """In one transaction what can be; the rest one by one, so that no pass stops another."""
        done: dict[PassKey, Published] = {}
        if len(batch) > 1:
            with root_span("publish passes", kind="consumer"):
                done = await self._wallet.publisher.publish_together([one.key for one in batch], self._wallet.clock())
        for published in done.values():
            self._counts["publish", "changed" if published.changed else "same"] += 1
        for one in batch:
            if one.key not in done:
                await self._publish(one)

    async def _publish(self, stale: StalePass) -> None:
        try:
            with root_span("publish pass", kind="consumer"):
                published = await self._wallet.publisher.publish(stale.key, self._wallet.clock())
        except (*DOWN, TimeoutError):
            raise
        except Exception as error:  # noqa: BLE001 - one pass that cannot be drawn must not hold up the others; its lease is prolonged
            _log.error("pass %s cannot be published: %s", stale.key.pass_id, mishap(error))
            self._counts["publish", "failed"] += 1
            await outbox.put_off_pass(
                self._wallet.database.pool, stale.key, self._timing.later(self._wallet.clock(), stale.attempts, self._jitter())
            )
        else:
            self._counts["publish", "changed" if published and published.changed else "same"] += 1

    async def _google_round(self) -> bool:
        assert self._google is not None
        return await self._google.round(self._counts)

    async def _second_round(self) -> bool:
        """Write the counts, and have passes drawn anew whose program has a new version."""
        counts = self._counts.copy()
        self._counts.clear()  # the same object goes on: a call to Google that is under way will count there
        try:
            await outbox.bump_counts(self._wallet.database.pool, self._wallet.clock(), counts)
            counts.clear()
            await self._wallet.notes.write(self._wallet.database, self._wallet.clock)
        except BaseException:
            self._counts.update(counts)
            raise
        for program_id in self._wallet.programs.ids():
            version = self._wallet.programs.current(program_id).version
            await self._follow_folders(program_id, version)
            await self._dress(program_id)
            if self._restyled.get(program_id) != version:
                marked = await outbox.mark_outdated_passes(self._wallet.database.pool, program_id, version, 500, self._wallet.clock())
                if marked == 0:
                    self._restyled[program_id] = version
        return False

    async def _follow_folders(self, program_id: UUID, version: int) -> None:
        if self._followed.get(program_id) == version:
            return
        wallet = self._wallet
        program = wallet.programs.current(program_id).program
        if changed := await follow_folders(wallet.database, wallet.styles, program_id, program, wallet.clock()):
            _log.info("%s folders of pass styles are new or changed: their passes are drawn anew", changed)
        self._followed[program_id] = version

    async def _dress(self, program_id: UUID) -> None:
        """Have passes drawn anew whose style has other files than they were drawn with."""
        pool, now = self._wallet.database.pool, self._wallet.clock()
        for style, revision in (await newest_revisions(pool, program_id)).items():
            done = self._restyled.get((program_id, style)) == revision
            if not done and await outbox.mark_undressed_passes(pool, program_id, style, revision, 500, now) == 0:
                self._restyled[program_id, style] = revision

    async def _sweep_round(self) -> bool:
        nudged = await outbox.nudge_silent_phones(self._wallet.database.pool, self._wallet.clock(), self._timing.silent_after)
        if nudged:
            self._counts["apple", "nudged"] += nudged
        self._restyled.clear()  # what was skipped because somebody held its row
        return False

    async def _loop(
        self,
        round_: Callable[[], Awaitable[bool]],
        stop: asyncio.Event,
        wake: asyncio.Event | None = None,
        *,
        every: timedelta | None = None,
    ) -> None:
        pause, failures = (every or self._timing.poll).total_seconds(), 0
        while not stop.is_set():
            more = False
            try:
                more, failures = await round_(), 0
            except (*DOWN, asyncpg.PostgresError, TimeoutError) as error:
                failures += 1
                if failures == 1:
                    _log.warning("delivery waits for the database: %s", type(error).__name__)
            except Exception as error:  # noqa: BLE001 - one loop's bug must not stop the others: phones hear while Google's part fails
                failures += 1
                _log.error("a round of delivery failed: %s", mishap(error))
            if failures:
                await _pause(stop, None, min(5.0, 0.2 * 2 ** min(failures, 5)) * (0.5 + self._jitter() / 2))
            elif not more:
                await _pause(stop, wake, pause)


async def _pause(stop: asyncio.Event, wake: asyncio.Event | None, seconds: float) -> None:
    """Until something is published, the work ends, or the time is over."""
    waits = {asyncio.create_task(event.wait()) for event in (stop, wake) if event is not None}
    await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in waits:
        task.cancel()
    if wake is not None:
        wake.clear()
