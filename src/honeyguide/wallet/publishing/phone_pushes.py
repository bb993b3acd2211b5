"""The worker's pushes: every phone that is due is woken, and what APNs answers is written down (N6, N8, N9)."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import asyncpg

from honeyguide.database.database import DOWN
from honeyguide.telemetry.spans import note, root_span
from honeyguide.wallet.apple.push_outcome import REASONS, BadToken, Delivered, Down, PushOutcome, Refused, Retry, Unregistered
from honeyguide.wallet.assembly import Wallet
from honeyguide.wallet.phones.metrics import PUSHES, PUSHES_REFUSED
from honeyguide.wallet.phones.registrations import mark_uninstalled
from honeyguide.wallet.publishing import outbox
from honeyguide.wallet.publishing.outbox import DuePush
from honeyguide.wallet.publishing.push_slots import PushSlots
from honeyguide.wallet.publishing.timing import Timing

_log = logging.getLogger(__name__)


class Pushes(Protocol):
    """What wakes a phone; ApnsClient is the real one."""

    async def push(self, push_token: str, topic: str) -> PushOutcome: ...


class PhonePushes:
    """What is under way is kept here, what is due in the tables; `counts` are the worker's."""

    def __init__(self, wallet: Wallet, apns: Pushes, timing: Timing, jitter: Callable[[], float], counts: Counter[tuple[str, str]]) -> None:
        self._wallet, self._apns, self._timing, self._jitter, self._counts = wallet, apns, timing, jitter, counts
        self._slots = PushSlots()
        self._under_way: set[asyncio.Task[None]] = set()
        self.down_until: dict[str, datetime] = {}  # by pass type
        self._alarmed: dict[tuple[str, str], datetime] = {}

    async def round(self) -> bool:
        """Start a push for every phone that is due; several passes of one phone share one. True when there may be more."""
        room, now = self._slots.room, self._wallet.clock()
        if room == 0:
            return False
        held = [*self._slots.full(), *(pass_type for pass_type, until in self.down_until.items() if until > now)]
        due = await outbox.lease_pushes(self._wallet.database.pool, room, now, self._timing.lease, held)
        phones: defaultdict[tuple[str, str], list[DuePush]] = defaultdict(list)
        for push in due:
            phones[push.push_token, push.pass_type].append(push)
        for (_, pass_type), pushes in phones.items():
            self._slots.take(pass_type)
            task = asyncio.create_task(self._push(pushes))
            self._under_way.add(task)
            task.add_done_callback(partial(self._ended, pass_type))
        return len(due) == room

    async def settle(self) -> None:
        """Wait for what is under way."""
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _ended(self, pass_type: str, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._slots.give_back(pass_type)

    async def _push(self, pushes: list[DuePush]) -> None:
        sent_at = self._wallet.clock()
        with root_span("push", {"honeyguide.platform": "apple"}, "consumer"):
            outcome = await self._apns.push(pushes[0].push_token, pushes[0].pass_type)
            note({"honeyguide.outcome": type(outcome).__name__.lower()})
            await self._note_safely(pushes, outcome, sent_at)

    async def _note_safely(self, pushes: list[DuePush], outcome: PushOutcome, sent_at: datetime) -> None:
        try:
            await self._note(pushes, outcome, sent_at)
        except (*DOWN, asyncpg.PostgresError, TimeoutError) as error:
            # The lease runs out and the phone is pushed once more: at least once is the promise.
            _log.warning("the outcome of a push could not be noted: %s", type(error).__name__)

    async def _note(self, pushes: list[DuePush], outcome: PushOutcome, sent_at: datetime) -> None:
        PUSHES.labels(type(outcome).__name__.lower()).inc()
        match outcome:
            case Delivered():
                self._counts["apple", "delivered"] += 1
                await self._note_delivered(pushes, sent_at)
            case Unregistered(timestamp=timestamp):
                self._counts["apple", "unregistered"] += 1
                await self._forget(pushes, min(timestamp or sent_at, sent_at))  # who registers from now on is another phone
            case BadToken():
                self._counts["apple", "unregistered"] += 1
                await self._forget(pushes, sent_at)
            case Refused(reason=reason):
                self._counts["apple", "failed"] += 1
                self._alarm(pushes[0].pass_type, reason)
                await self._put_off(pushes, None)
            case Retry(after=after):
                self._counts["apple", "failed"] += 1
                await self._put_off(pushes, after)
            case Down(after=after):
                # No fault of the phone's: it waits for the line, and for no longer.
                self._counts["apple", "failed"] += 1
                until = self._wallet.clock() + after
                self.down_until[pushes[0].pass_type] = until
                await self._put_off_until(pushes, until, tries=1)

    async def _note_delivered(self, pushes: list[DuePush], sent_at: datetime) -> None:
        self.down_until.pop(pushes[0].pass_type, None)
        now, window = self._wallet.clock(), self._timing.coalesce
        for device_id, of_device in _by_device(pushes).items():
            for since in await outbox.note_pushed(self._wallet.database.pool, device_id, of_device, now, window, sent_at):
                self._wallet.notes.waited("push", (now - since).total_seconds())

    def _alarm(self, pass_type: str, reason: str) -> None:
        """What only a person can mend; each kind is told once a minute, however many phones there are."""
        PUSHES_REFUSED.labels(reason if reason in REASONS else "other").inc()
        now = self._wallet.clock()
        if now - self._alarmed.get((pass_type, reason), datetime.min.replace(tzinfo=now.tzinfo)) >= timedelta(minutes=1):
            self._alarmed[pass_type, reason] = now
            _log.error("APNs refuses pushes for %s: %s", pass_type, reason)

    async def _forget(self, pushes: list[DuePush], dead_since: datetime) -> None:
        held = await outbox.forget_dead_devices(self._wallet.database, pushes[0].push_token, dead_since)
        for key in held:
            await mark_uninstalled(self._wallet.database, key)
        if not held:
            # The phone renewed its registration after that moment: it is believed, and asked again at growing intervals.
            await self._put_off(pushes, None)

    async def _put_off(self, pushes: list[DuePush], after: timedelta | None) -> None:
        until = self._timing.later(self._wallet.clock(), max(push.attempts for push in pushes), self._jitter())
        if after is not None:
            until = max(until, self._wallet.clock() + after)
        await self._put_off_until(pushes, until)

    async def _put_off_until(self, pushes: list[DuePush], until: datetime, *, tries: int = 0) -> None:
        for device_id, of_device in _by_device(pushes).items():
            await outbox.put_off_pushes(self._wallet.database.pool, device_id, of_device, until, tries)


def _by_device(pushes: list[DuePush]) -> dict[str, list[DuePush]]:
    devices: defaultdict[str, list[DuePush]] = defaultdict(list)
    for push in pushes:
        devices[push.device_id].append(push)
    return devices
