"""A member with several passes on one phone hears of a message once; all of them show it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import httpx
import pytest
from starlette.applications import Starlette

from honeyguide.testing.iphone import VirtualIPhone
from honeyguide.wallet.add.link import add_url
from honeyguide.wallet.add.page import add_routes
from honeyguide.wallet.google.client import SIMULATED_ISSUER
from honeyguide.wallet.messages.decide import Due
from honeyguide.wallet.messages.store import write_message
from honeyguide.wallet.phones.devices import device_routes

STYLES = ("membership", "cashback")


async def write(shop, member, said: str) -> None:
    now = datetime.now(UTC)
    due = Due("welcome", said, now + timedelta(days=3), notify=True)
    await write_message(shop.database.pool, shop.program.program_id, member, due, ({"en": said}, {"en": "Good day"}), now)


@pytest.fixture
async def http(shop):
    transport = httpx.ASGITransport(app=Starlette(routes=[*add_routes(shop.wallet, None), *device_routes(shop.wallet)]))
    async with httpx.AsyncClient(transport=transport, base_url=shop.wallet.settings.url) as http:
        yield http


async def test_an_iphone_with_two_passes_rings_once_for_a_message(shop, worker, http):
    """A14: a phone that has only one of them rings, too."""
    member = await shop.member()
    both, single = (VirtualIPhone(ca=shop.wallet.apple.ca, http=http, say=lambda _: None, quick=True) for _ in range(2))
    links = [add_url(shop.wallet.settings, shop.program.program_id, member, style, datetime.now(UTC)) + ".pkpass" for style in STYLES]
    installed = [await both.install(link) for link in links]

    async def told(phone: VirtualIPhone) -> list[str]:
        """On its lock screen, of the message."""
        changes = await phone.on_push(installed[0].pass_type)
        return [change.message for change in changes if change.key == "message" and change.message]

    await write(shop, member, "Hello")
    await worker.deliver()

    assert await told(both) == ["Hello\nGood day"]
    assert [both.fields(one.serial)["message"] for one in installed] == ["Hello\nGood day"] * 2

    await single.install(links[1])
    await write(shop, member, "Hello again")
    await worker.deliver()

    assert await told(single) == ["Hello again\nGood day"]


async def test_google_wakes_a_member_with_two_passes_once_for_a_message(shop, worker):
    """G8: at noon of tomorrow, for at night nobody is woken (R57)."""
    noon = datetime.combine(datetime.now(UTC).date() + timedelta(days=1), time(12), shop.program.program.zone)
    worker.google._wallet = replace(worker.google._wallet, clock=lambda: noon)
    member = await shop.member()
    rows = [await shop.pass_of(member, style) for style in STYLES]
    objects = [f"{SIMULATED_ISSUER}.{row.key.pass_id.hex}" for row in rows]
    for row, name in zip(rows, objects, strict=True):
        await shop.wallet.publisher.publish(row.key, datetime.now(UTC))
        assert await worker.google.bring(await shop.row(row.key), patience=5)
        worker.google_simulator.objects[name]["hasUsers"] = True
    await shop.database.pool.execute("UPDATE google_object SET saved = true WHERE member_id = $1", member)

    await write(shop, member, "Hello")
    await worker.deliver()
    await worker.deliver()

    sent = [[one["messageType"] for one in worker.google_simulator.objects[name]["messages"]] for name in objects]
    assert sent == [["TEXT_AND_NOTIFY"], ["TEXT"]]
