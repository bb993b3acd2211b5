"""From APNs to phones: who is there, what is kept for those who are not, and the weather on the way."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from honeyguide.endings import ended
from honeyguide.testing.apns_failures import Push, PushHeard


@dataclass(slots=True)
class Weather:
    """What happens to pushes that APNs took: a share is lost, others arrive after some seconds; while one is on its way, later ones join it."""

    loss: float = 0.0
    delay: tuple[float, float] = (0.0, 0.0)
    chance: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311  a simulation, no secret


@dataclass(slots=True)
class Device:
    hear: PushHeard | None = None  # None: the phone is off, one notification is kept for each topic (N10)
    stored: dict[str, Push] = field(default_factory=dict)
    on_its_way: set[str] = field(default_factory=set)
    removed_at: datetime | None = None


class Sky:
    """Every phone by its token; `fate` counts what became of pushes: heard, stored, joined, lost."""

    def __init__(self) -> None:
        self.devices: dict[str, Device] = {}
        self.weather = Weather()
        self.fate: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[Any]] = set()

    def connect(self, token: str, hear: PushHeard) -> None:
        device = self.devices.setdefault(token.lower(), Device())
        device.hear, device.removed_at = hear, None
        for push in list(device.stored.values()):
            self._hand_over(device, push)
        device.stored.clear()

    def switch_off(self, token: str) -> None:
        self.devices[token.lower()].hear = None

    def remove(self, token: str, at: datetime | None) -> None:
        self.devices.setdefault(token.lower(), Device()).removed_at = at or datetime.now(UTC)

    def deliver(self, push: Push) -> None:
        device, weather = self.devices[push.token], self.weather
        if push.topic in device.on_its_way:
            self.fate["joined"] += 1
        elif weather.loss and weather.chance.random() < weather.loss:
            self.fate["lost"] += 1
        elif seconds := weather.chance.uniform(*weather.delay) if weather.delay[1] else 0.0:
            device.on_its_way.add(push.topic)
            self._spawn(self._carry(device, push, seconds))
        else:
            self._hand_over(device, push)

    async def close(self) -> None:
        await ended(*self._tasks)

    async def _carry(self, device: Device, push: Push, seconds: float) -> None:
        await asyncio.sleep(seconds)
        device.on_its_way.discard(push.topic)
        self._hand_over(device, push)

    def _hand_over(self, device: Device, push: Push) -> None:
        if device.hear is None:
            self.fate["joined" if push.topic in device.stored else "stored"] += 1
            device.stored[push.topic] = push
        else:
            self.fate["heard"] += 1
            self._spawn(device.hear(push))

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
