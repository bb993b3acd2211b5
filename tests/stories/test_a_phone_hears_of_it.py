"""A purchase at the till, and a moment later the member's phones show it: through the public API, APNs and Google alone."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest_asyncio

from builders.platform import ENROL, Clock, Platform, key, running_platform
from honeyguide.database import Database
from honeyguide.testing.android import VirtualAndroid
from honeyguide.testing.apns import ApnsSimulator
from honeyguide.testing.google import GoogleSimulator
from honeyguide.testing.iphone import VirtualIPhone
from honeyguide.testing.serving import Serving
from honeyguide.wallet.certificates import development_certificates
from honeyguide.wallet.google.account import development_service_account
from honeyguide.worker import work

EMAIL = "anna@example.test"
BALANCES = "{ me { version accounts { unit { code } available } passes { state devices { platform version behind fetchedAt } } } }"
DELIVERY = "{ passDelivery { stale oldestStaleSince pushedLastHour failedLastHour googleQueueSeconds } }"


class WallClock(Clock):
    """Phones judge signatures by the real time."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class Town:
    """A server, a worker that can be switched off and on, and everything that phones need."""

    platform: Platform
    apns: ApnsSimulator
    google: GoogleSimulator
    ca: Path
    said: list[str] = field(default_factory=list)
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _working: asyncio.Task[None] | None = None

    def work(self) -> None:
        self._stop = asyncio.Event()
        self._working = asyncio.create_task(work(self.platform.settings, self._stop))

    async def rest(self) -> None:
        self._stop.set()
        if self._working is not None:
            await self._working
            self._working = None

    async def add_url(self) -> str:
        given = {"idempotencyKey": key(), "email": EMAIL, "locale": "en"}
        answer = await self.platform.as_partner("grocer", ENROL, {"input": given})
        return str(answer["enrollMember"]["addUrl"])

    async def me(self) -> dict[str, object]:
        pool = self.platform.services.database.pool
        member = await pool.fetchval("SELECT member_id FROM identifier WHERE kind = 'email' AND value = $1", EMAIL)
        return dict((await self.platform.as_member(member, BALANCES))["me"])


@pytest_asyncio.fixture
async def town(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    files = development_certificates(tmp_path, "pass.test.honeyguide.membership", "HONEYGUIDE", datetime.now(UTC))
    assert files.apns_certificate is not None
    assert files.apns_key is not None
    assert files.ca is not None
    apns = ApnsSimulator(certificate=files.apns_certificate, key=files.apns_key, client_ca=files.signing.intermediate)
    google = GoogleSimulator(development_service_account(tmp_path))
    await apns.start()
    await google.start()
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    wired = {
        "apple_apns_host": "127.0.0.1",
        "apple_apns_port": apns.port,
        "google_api_url": google.api_url,
        "google_token_url": google.token_url,
        "google_save_url": google.save_url,
    }
    async with running_platform(database, database_url, tmp_path, clock=WallClock(), port=port, **wired) as platform:
        serving = await Serving.start(platform.app, "127.0.0.1", port)
        town = Town(platform, apns, google, files.ca)
        town.work()
        yield town
        await town.rest()
        await serving.stop()
    await google.stop()
    await apns.stop()


async def until(condition: Callable[[], bool], seconds: float = 2.0) -> float:
    """How long it took, at most so many seconds."""
    begun = time.monotonic()
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  a simulated phone sets no event
            await asyncio.sleep(0.005)
    return time.monotonic() - begun


async def test_a_phone_hears_of_it(town: Town) -> None:
    add_url = await town.add_url()
    async with httpx.AsyncClient(trust_env=False) as http:
        iphone = VirtualIPhone(ca=town.ca, http=http, say=town.said.append)
        android = VirtualAndroid(town.google)
        town.apns.connect(iphone.push_token, lambda push: iphone.on_push(push.topic))  # type: ignore[arg-type,return-value]
        installed = await iphone.install(f"{add_url}.pkpass")
        await android.save(add_url)

        def both_show(points: str) -> bool:
            return iphone.fields(installed.serial)["points"] == points and android.screen["Points"] == points

        await until(lambda: both_show("0"))

        # A purchase at the till: both phones show it within two seconds, and the iPhone says so on its lock screen.
        posted = await town.platform.post("40.00", email=EMAIL)
        earned = posted["transaction"]["accruals"][0]["quantity"]
        await until(lambda: both_show(earned))
        assert any(f"You now have {earned} points" in line for line in town.said)

        # A season of purchases lifts the tier: the front of both cards changes.
        tier = iphone.fields(installed.serial)["tier"]
        await town.platform.post("1200.00", email=EMAIL)
        await until(lambda: iphone.fields(installed.serial)["tier"] != tier and android.screen["Status"] != tier)

        # Many purchases at once cost few pushes, and the last state arrives.
        before = len(town.apns.pushes)
        await asyncio.gather(*(town.platform.post("10.00", email=EMAIL) for _ in range(20)))
        balance = (await town.me())["accounts"][0]["available"]  # type: ignore[index]
        await until(lambda: iphone.fields(installed.serial)["points"].replace(",", "") == balance, 5)
        await until(lambda: android.screen["Points"].replace(",", "") == balance, 5)
        assert len(town.apns.pushes) - before <= 4
        assert iphone.log == []

        # Nobody works for a while: the phone that asks by itself gets the newest state, the other one as soon as work goes on.
        await town.rest()
        await town.platform.post("25.00", email=EMAIL)
        balance = (await town.me())["accounts"][0]["available"]  # type: ignore[index]
        await iphone.refresh(installed.serial)
        assert iphone.fields(installed.serial)["points"].replace(",", "") == balance
        assert (await town.platform.as_operator(DELIVERY))["passDelivery"]["failedLastHour"] == 0
        town.work()
        await until(lambda: android.screen["Points"].replace(",", "") == balance, 5)

        # What the member and the operator are told agrees with what the phones show.
        await asyncio.sleep(1.2)
        me, delivery = await town.me(), (await town.platform.as_operator(DELIVERY))["passDelivery"]
        assert [card["state"] for card in me["passes"]] == ["INSTALLED"]  # type: ignore[attr-defined]
        assert all(not phone["behind"] for card in me["passes"] for phone in card["devices"])  # type: ignore[attr-defined]
        assert (delivery["stale"], delivery["googleQueueSeconds"]) == (0, 0)
        assert delivery["pushedLastHour"] >= 4
        assert list(town.apns.complaints) == []
