"""A fleet of virtual iPhones that live as phones do: off for a while, with new tokens, wiped and set up again; seeded, so a run can be repeated."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from honeyguide.endings import ended
from honeyguide.testing.apns import ApnsSimulator, Push
from honeyguide.testing.iphone import VirtualIPhone
from honeyguide.testing.iphone_screen import InstalledPass
from honeyguide.testing.refusal import PassRefused

_TRIES, _FIRST_PAUSE, _LONGEST_PAUSE = 200, 0.02, 0.5


@dataclass(slots=True)
class FleetPhone:
    """One phone with one card; `seen` is what earlier set-ups of this phone showed, one list for each."""

    iphone: VirtualIPhone
    url: str
    is_on: bool = True
    seen: list[list[dict[str, Any]]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    topics: set[str] = field(default_factory=set)
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)
    updating: bool = False

    @property
    def card(self) -> InstalledPass:
        return next(iter(self.iphone.passes.values()))

    def histories(self) -> list[list[dict[str, Any]]]:
        """The values of all fields in the order in which they were shown, for each time that the phone was set up."""
        return [*self.seen, list(self.card.history)]


class Fleet:
    """`add` phones by the address of a pass, `stir` lets one thing happen to one of them, `settle` brings all back.

    Phones learn of changes by pushes alone; a server that does not answer is asked again, as iOS does (A48).
    """

    def __init__(self, apns: ApnsSimulator, ca: Path, *, seed: int | str = 0, http: httpx.AsyncClient | None = None) -> None:
        self._apns, self._ca = apns, ca
        self._chance = random.Random(seed)  # noqa: S311  a simulation, no secret
        limits = httpx.Limits(max_connections=40, max_keepalive_connections=40)
        self._http = http or httpx.AsyncClient(trust_env=False, limits=limits, timeout=15)
        self.phones: list[FleetPhone] = []
        self.happened: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[Any]] = set()

    async def add(self, url: str, phones: int = 1) -> list[FleetPhone]:
        """New phones that hold the pass behind this address; raises PassRefused."""
        added = [FleetPhone(self._new(len(self.phones) + n), url) for n in range(phones)]
        self.phones += added
        for phone in added:
            await self._set_up(phone)
        return added

    async def stir(self) -> str:
        """One thing that happens to phones, to one of them."""
        phone = self._chance.choice(self.phones)
        what = self._chance.choices(["off", "on", "new token", "wiped", "deleted and added"], [4, 4, 2, 1, 1])[0]
        async with phone.busy:
            match what:
                case "off":
                    phone.is_on = False
                    self._apns.switch_off(phone.iphone.push_token)
                case "on":
                    self._switch_on(phone)
                case "new token":
                    await self._renew_token(phone)
                case "wiped":
                    # Nobody tells the server: APNs will, by 410 (N6).
                    await self._again(phone)
                case "deleted and added":
                    await self._until_answered(phone, lambda: phone.iphone.unregister(phone.card.serial))
                    await self._again(phone)
        self.happened[what] += 1
        return what

    async def settle(self) -> None:
        """Every phone is on, and nothing of theirs is under way."""
        for phone in self.phones:
            self._switch_on(phone)
        while self._tasks:
            await asyncio.wait(self._tasks)

    def deviations(self) -> list[str]:
        """What phones had to log of the server's answers."""
        return [line for phone in self.phones for line in (*phone.log, *phone.iphone.log)]

    async def close(self) -> None:
        """Switch all of them off; what is pushed from now on finds nobody."""
        for phone in self.phones:
            self._apns.switch_off(phone.iphone.push_token)
        await ended(*self._tasks)
        await self._http.aclose()

    def _new(self, number: int) -> VirtualIPhone:
        return VirtualIPhone(self._ca, self._http, say=lambda _: None, name=f"iPhone {number + 1}", quick=True)

    async def _set_up(self, phone: FleetPhone) -> None:
        self._apns.connect(phone.iphone.push_token, self._hearing(phone))
        await self._until_answered(phone, lambda: phone.iphone.install(phone.url, register=False))
        await self._register(phone)

    async def _again(self, phone: FleetPhone) -> None:
        """The phone is another one to everybody, with the same card from the same address."""
        self._apns.remove(phone.iphone.push_token)
        phone.seen.append(list(phone.card.history))
        phone.log += phone.iphone.log
        phone.iphone = self._new(self.phones.index(phone))
        phone.is_on = True
        await self._set_up(phone)

    async def _renew_token(self, phone: FleetPhone) -> None:
        self._apns.remove(phone.iphone.push_token)
        phone.iphone.push_token = secrets.token_hex(32)
        self._switch_on(phone)
        await self._register(phone)

    async def _register(self, phone: FleetPhone) -> None:
        async def registered() -> None:
            if await phone.iphone.register(phone.card.serial) not in (200, 201):
                raise httpx.TransportError("not registered")

        await self._until_answered(phone, registered)

    def _switch_on(self, phone: FleetPhone) -> None:
        phone.is_on = True
        self._apns.connect(phone.iphone.push_token, self._hearing(phone))

    def _hearing(self, phone: FleetPhone) -> Callable[[Push], Awaitable[None]]:
        async def hear(push: Push) -> None:
            self._hear(phone, push.topic)

        return hear

    def _hear(self, phone: FleetPhone, topic: str) -> None:
        phone.topics.add(topic)
        if not phone.updating:
            phone.updating = True
            task = asyncio.create_task(self._catch_up(phone))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _catch_up(self, phone: FleetPhone) -> None:
        try:
            while phone.topics:
                topic = phone.topics.pop()
                async with phone.busy:
                    if phone.iphone.passes:
                        await self._until_answered(phone, lambda topic=topic: _whole(phone.iphone, topic))  # type: ignore[misc]
        finally:
            phone.updating = False

    async def _until_answered(self, phone: FleetPhone, work: Callable[[], Awaitable[Any]]) -> None:
        """With growing pauses; raises the last error when the server stays away."""
        pause = _FIRST_PAUSE
        for attempt in range(_TRIES):
            try:
                await work()
                return
            except (httpx.HTTPError, PassRefused) as error:
                if attempt == _TRIES - 1 or (isinstance(error, PassRefused) and error.rule != "A36"):
                    raise
            await asyncio.sleep(pause * self._chance.uniform(0.5, 1))
            pause = min(pause * 2, _LONGEST_PAUSE)


async def _whole(iphone: VirtualIPhone, topic: str) -> None:
    """One update; what was answered badly is asked again, and what was not answered at all."""
    before = len(iphone.log)
    await iphone.on_push(topic)
    if any("Server response was malformed" in line or "Unexpected response code 5" in line for line in iphone.log[before:]):
        del iphone.log[before:]
        raise httpx.TransportError("the server did not answer")
