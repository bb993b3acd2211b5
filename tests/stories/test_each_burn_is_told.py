"""Each burn tells the member at once (R51): by number alone, both phones show and say it within a second."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest_asyncio

from builders.platform import key
from builders.town import Town, running_town, until, world_around
from honeyguide.testing.android import VirtualAndroid
from honeyguide.testing.iphone import VirtualIPhone

EMAIL = "anna@example.test"
ACTIVITY = "activity(first: 1) { edges { node { kind quantity title } } }"


@pytest_asyncio.fixture
async def town(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with world_around(tmp_path) as world, running_town(database_url, world) as town:
        town.work()
        yield town


async def test_r51_a_burn_by_number_shows_on_both_phones_within_a_second_and_rings(town: Town) -> None:
    add_url = await town.add_url(EMAIL)
    await town.platform.post("400.00", partner="fuel", email=EMAIL)
    async with httpx.AsyncClient(trust_env=False) as http:
        iphone = VirtualIPhone(ca=town.world.ca, http=http, say=town.said.append)
        android = VirtualAndroid(town.world.google)
        town.world.hears(iphone)
        installed = await iphone.install(f"{add_url}.pkpass")
        await android.save(add_url)

        def both_show(points: str) -> bool:
            return iphone.fields(installed.serial)["points"] == points and android.screen["Points"] == points

        await until(lambda: both_show("400"))
        for left in ("300", "200", "100"):  # a busy machine may be late once, late code is every time
            given = {"idempotencyKey": key(), "reference": key(), "member": {"email": EMAIL}, "unit": "points", "quantity": "100"}
            burned = await town.platform.till("Redeem", input=given)
            took = await until(lambda left=left: both_show(left))
            assert burned["__typename"] == "Redeemed"
            assert any(f"You now have {left} points" in line for line in town.said)
            if took < 1:
                break

        assert took < 1
        [row] = (await town.me(EMAIL, ACTIVITY))["activity"]["edges"]
        assert (row["node"]["kind"], row["node"]["quantity"]) == ("REDEEMED", "-100")
        assert list(town.world.apns.complaints) == []
