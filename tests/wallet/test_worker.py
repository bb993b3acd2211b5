"""The worker process: killed in the middle of a fan-out it loses nothing, asked to stop it finishes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import zipfile
from dataclasses import replace
from io import BytesIO

import pytest

from honeyguide.wallet.assembly import open_google
from honeyguide.wallet.at_google.delivery import GoogleDelivery

PHONES, OBJECTS = 40, 6


class SeenPhone:
    """A phone that only remembers which balances it was shown, one after the other."""

    def __init__(self, phone) -> None:
        self.phone, self.seen, self.tag = phone, [], None

    async def hear(self, _) -> None:
        listed = await self.phone.changed(self.tag)
        if listed.status_code == 204:
            return
        answer = await self.phone.fetch()
        fields = json.loads(zipfile.ZipFile(BytesIO(answer.content)).read("pass.json"))["storeCard"]["headerFields"]
        self.seen.append(fields[0]["value"])
        self.tag = listed.json()["lastUpdated"]


@pytest.fixture
def environment(connected, database_url, apns_simulator):
    """What a worker process of this test needs to know."""
    settings = connected
    return {
        **os.environ,
        "DATABASE_URL": database_url,
        "HONEYGUIDE_DATA_DIR": str(settings.data_dir),
        "HONEYGUIDE_SECRET_KEY": settings.secret_key.get_secret_value(),
        "HONEYGUIDE_PUBLIC_URL": settings.public_url,
        "HONEYGUIDE_APPLE_APNS_HOST": "127.0.0.1",
        "HONEYGUIDE_APPLE_APNS_PORT": str(apns_simulator.port),
        "HONEYGUIDE_GOOGLE_API_URL": settings.google_api_url,
        "HONEYGUIDE_GOOGLE_TOKEN_URL": settings.google_token_url,
        "HONEYGUIDE_GOOGLE_SAVE_URL": settings.google_save_url,
        "HONEYGUIDE_WORKER_LEASE_SECONDS": "2",
        "HONEYGUIDE_WORKER_POLL_MS": "50",
    }


async def start_worker(environment):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "honeyguide.cli", "worker", env=environment, stderr=asyncio.subprocess.PIPE
    )
    while b"Honeyguide works" not in (line := await process.stderr.readline()):
        assert line, "the worker did not start"
    return process


async def until(condition, seconds):
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  another process sets no event here
            await asyncio.sleep(0.02)


async def test_a_worker_killed_in_the_middle_of_a_fan_out_loses_nothing(
    shop, new_phone, connected, environment, apns_simulator, google_simulator, egress
):
    """N8: kill -9 at any point; every phone and every object converges, and none ever shows an older balance after a newer one."""
    google = open_google(connected, egress, shop.wallet.clock, shop.database)
    bring = GoogleDelivery(replace(shop.wallet, settings=connected), google)
    members = [await shop.member() for _ in range(PHONES)]
    phones = [SeenPhone(await new_phone(member)) for member in members]
    for one in phones:
        await one.phone.register()
        apns_simulator.connect(one.phone.push_token, one.hear)
    rows = [one.phone.row for one in phones[:OBJECTS]]
    for row in rows:
        assert await bring.bring(row, patience=10)

    def balance_at_google(row):
        return google_simulator.objects[bring.object_id(row.key)]["loyaltyPoints"]["balance"]["int"]

    for points, killed_after in ((5, 3), (6, 15), (7, 30)):
        before = len(apns_simulator.pushes)
        worker = await start_worker(environment)
        await asyncio.gather(*(shop.give(member, points) for member in members))
        await until(lambda before=before, after=killed_after: len(apns_simulator.pushes) >= before + after, 15)
        worker.send_signal(signal.SIGKILL)
        await worker.wait()
    worker = await start_worker(environment)
    await until(lambda: all(one.seen and one.seen[-1] == 18 for one in phones), 30)
    await until(lambda: all(balance_at_google(row) == 18 for row in rows), 30)
    worker.send_signal(signal.SIGTERM)

    assert await asyncio.wait_for(worker.wait(), 15) == 0
    assert all(one.seen == sorted(one.seen) for one in phones)
    assert list(apns_simulator.complaints) == []


async def test_a_worker_waits_for_a_database_that_is_away(shop, new_phone, environment, apns_simulator, superuser_url):
    """It reconnects by itself, and what changed meanwhile arrives."""
    import asyncpg

    member = await shop.member()
    phone = SeenPhone(await new_phone(member))
    await phone.phone.register()
    apns_simulator.connect(phone.phone.push_token, phone.hear)
    worker = await start_worker(environment)
    superuser = await asyncpg.connect(superuser_url)
    for points in (1, 2, 3):
        await superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await asyncio.sleep(0.2)
        await shop.give(member, points)
    await superuser.close()

    await until(lambda: phone.seen and phone.seen[-1] == 6, 20)

    worker.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(worker.wait(), 15) == 0
