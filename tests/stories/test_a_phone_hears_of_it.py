"""A purchase at the till, and a moment later the member's phones show it: through the public API, APNs and Google alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest_asyncio

from builders.town import Town, running_town, until, world_around
from honeyguide.testing.android import VirtualAndroid
from honeyguide.testing.iphone import VirtualIPhone

EMAIL = "anna@example.test"
BALANCES = "version accounts { unit { code } available } passes { state devices { platform version behind fetchedAt } }"
DELIVERY = "{ passDelivery { stale oldestStaleSince pushedLastHour failedLastHour googleQueueSeconds } }"


@pytest_asyncio.fixture
async def town(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with world_around(tmp_path) as world, running_town(database_url, world) as town:
        town.work()
        yield town


async def test_a_phone_hears_of_it(town: Town) -> None:
    add_url = await town.add_url(EMAIL)
    async with httpx.AsyncClient(trust_env=False) as http:
        iphone = VirtualIPhone(ca=town.world.ca, http=http, say=town.said.append)
        android = VirtualAndroid(town.world.google)
        town.world.hears(iphone)
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
        before = len(town.world.apns.pushes)
        await asyncio.gather(*(town.platform.post("10.00", email=EMAIL) for _ in range(20)))
        balance = (await town.me(EMAIL, BALANCES))["accounts"][0]["available"]
        await until(lambda: iphone.fields(installed.serial)["points"].replace(",", "") == balance)
        await until(lambda: android.screen["Points"].replace(",", "") == balance)
        assert len(town.world.apns.pushes) - before <= 4
        assert iphone.log == []

        # Nobody works for a while: the phone that asks by itself gets the newest state, the other one as soon as work goes on.
        await town.rest()
        await town.platform.post("25.00", email=EMAIL)
        balance = (await town.me(EMAIL, BALANCES))["accounts"][0]["available"]
        await iphone.refresh(installed.serial)
        assert iphone.fields(installed.serial)["points"].replace(",", "") == balance
        assert (await town.platform.as_operator(DELIVERY))["passDelivery"]["failedLastHour"] == 0
        town.work()
        await until(lambda: android.screen["Points"].replace(",", "") == balance)

        # What the member and the operator are told agrees with what the phones show.
        await asyncio.sleep(1.2)
        me, delivery = await town.me(EMAIL, BALANCES), (await town.platform.as_operator(DELIVERY))["passDelivery"]
        assert [card["state"] for card in me["passes"]] == ["INSTALLED"]
        assert all(not phone["behind"] for card in me["passes"] for phone in card["devices"])
        assert (delivery["stale"], delivery["googleQueueSeconds"]) == (0, 0)
        assert delivery["pushedLastHour"] >= 4
        assert list(town.world.apns.complaints) == []
