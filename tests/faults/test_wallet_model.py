"""Random lives under kills and outages: at rest every wallet shows the books, and none ever showed an older balance after a newer one (X1)."""

from __future__ import annotations

import asyncio
import os
import secrets
from pathlib import Path

import pytest

from builders.wallet_world import WalletWorld, wallet_world
from honeyguide.database import Database

SEED = os.environ.get("HONEYGUIDE_KILL_SEED") or secrets.token_hex(4)
ROUNDS = int(os.environ.get("HONEYGUIDE_KILL_ROUNDS", "20"))


async def lives(there: WalletWorld, superuser_url: str, rounds: int, *, patience: float = 20) -> None:
    """Each round: purchases, redemptions and expiries of all members; phones come and go; something is killed or away."""
    chance, apns, google = there.chance, there.world.apns, there.world.google
    async with there.there.running("serve", **there.environment) as server:
        await there.answering()
        await there.hand_out(phones=2 * len(there.members), objects=2)
        async with there.there.running("worker", **there.environment) as worker:
            for number in range(rounds):
                load = [asyncio.create_task(there.happen(one, superuser_url, 3)) for one in there.members if one not in there.closed]
                stirs = asyncio.create_task(_stir(there, len(there.members)))
                await asyncio.sleep(chance.uniform(0, 0.3))
                apns.is_down = google.is_down = chance.random() < 0.5
                if apns.is_down:
                    apns.hang_up()
                killed = chance.choice([[worker], [server], [worker, server]]) if rounds > 1 else [worker, server]
                await asyncio.gather(*(process.kill() for process in killed))
                await asyncio.gather(*(process.start() for process in killed))
                await there.answering()
                apns.is_down = google.is_down = False
                await asyncio.gather(*load, stirs)
                # One member in three leaves in the course of it, the last of them while the worker is away.
                if (number + 1) * len(there.members) // (3 * rounds) > len(there.closed):
                    await worker.kill()
                    await there.close(chance.choice([one for one in there.members if one not in there.closed]))
                    await worker.start()
            await there.at_rest(patience)


async def _stir(there: WalletWorld, times: int) -> None:
    for _ in range(times):
        await there.fleet.stir()
        await asyncio.sleep(0.02)


@pytest.mark.timeout(120)
async def test_x1_at_rest_every_wallet_shows_the_books(database: Database, database_url: str, superuser_url: str, tmp_path: Path):
    """X1, A17, A43, N8: both are killed once, and one member leaves while no worker runs.

    What finds mistakes in every run of the tests is in wallet/test_fleet.py.
    """
    async with wallet_world(database, database_url, tmp_path, 3, SEED) as there:
        await lives(there, superuser_url, 1)
        await holds(there)


@pytest.mark.long
@pytest.mark.timeout(3600)
async def test_x1_long(database: Database, database_url: str, superuser_url: str, tmp_path: Path):
    async with wallet_world(database, database_url, tmp_path, 20, SEED) as there:
        await lives(there, superuser_url, ROUNDS, patience=120)
        await holds(there)
        print(f"seed {SEED}: {ROUNDS} rounds, {there.changes} changes, {len(there.world.apns.pushes)} pushes, {dict(there.fleet.happened)}")


async def holds(there: WalletWorld) -> None:
    assert await there.wrong() == [], SEED
    assert list(there.world.apns.complaints) == [], SEED
    # A44: only who registers may be told of what it has, once: of what the earliest download of that quarter of an hour may lack.
    set_up = len(there.fleet.phones) + sum(there.fleet.happened.values())
    assert len([line for line in there.fleet.deviations() if "unchanged" in line]) <= set_up, SEED
    assert len(there.world.apns.pushes) <= (there.changes + len(there.members)) * set_up, SEED
