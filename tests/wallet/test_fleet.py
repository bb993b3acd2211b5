"""A fleet of phones that come and go while balances change: at rest each shows the books, and none ever went back (X1, N6, N8, A43, A45)."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from builders.mutants import SqlEdit, StatementEdit, mutated_python, mutated_sql
from builders.wallet_world import BALANCES, in_order
from honeyguide.testing.apns import Respond, Weather
from honeyguide.testing.fleet import Fleet, FleetPhone
from honeyguide.wallet.add.link import add_url
from honeyguide.wallet.certificates import of_settings as certificates

SEED = os.environ.get("HONEYGUIDE_KILL_SEED") or secrets.token_hex(4)
MakeFleet = Callable[..., Awaitable["Life"]]


class Life:
    """Members with two phones each, whose points change while their phones come and go."""

    def __init__(self, shop: Any, worker: Any, fleet: Fleet) -> None:
        self.shop, self.worker, self.fleet = shop, worker, fleet
        self.phones: dict[Any, list[FleetPhone]] = {}
        self.changes = 0
        self._chance = random.Random(SEED)

    async def hand_out(self, phones: int) -> None:
        doors = asyncio.Semaphore(8)

        async def two_phones() -> None:
            async with doors:
                member = await self.shop.member()
                row = await self.shop.pass_of(member)
                url = add_url(self.shop.wallet.settings, self.shop.program.program_id, member, row.style, self.shop.wallet.clock())
                self.phones[member] = await self.fleet.add(f"{url}.pkpass", 2)

        await asyncio.gather(*(two_phones() for _ in range(phones // 2)))

    async def go_on(self, rounds: int) -> None:
        """In each round every member's points change and half of the phones live through something."""
        for number in range(rounds):
            given = [self.shop.give(member, self._chance.choice([-1, 3, 40, 999]) if number else 10) for member in self.phones]
            self.changes += len(given)
            await asyncio.gather(*given, *(self.fleet.stir() for _ in range(len(self.fleet.phones) // 2)))

    async def at_rest(self, seconds: float) -> list[str]:
        await self.fleet.settle()
        try:
            async with asyncio.timeout(seconds):
                while await self.wrong():  # noqa: ASYNC110  phones are no events
                    await asyncio.sleep(0.05)
        except TimeoutError:
            return await self.wrong()
        await self.fleet.settle()
        return await self.wrong()

    async def wrong(self) -> list[str]:
        complaints = []
        for member, phones in self.phones.items():
            rows = await self.shop.database.pool.fetch(BALANCES, self.shop.program.program_id, member)
            course = [0, *(int(row["points"]) for row in rows)]
            for phone in phones:
                if phone.card.history[-1]["points"] != course[-1]:
                    complaints.append(f"{phone.iphone.name} shows {phone.card.history[-1]['points']}, the books are at {course[-1]}")
                seen = [[int(values["points"]) for values in history] for history in phone.histories()]
                complaints += [f"{phone.iphone.name} saw {one}, the books were at {course}" for one in seen if not in_order(one, course)]
        return complaints


@pytest_asyncio.fixture
async def life_of(shop: Any, http: Any, worker: Any, settings: Any) -> AsyncIterator[MakeFleet]:
    fleet = Fleet(worker.apns, certificates.apple_files(settings, shop.wallet.clock()).ca, seed=SEED, http=http)

    async def make(phones: int) -> Life:
        life = Life(shop, worker, fleet)
        await life.hand_out(phones)
        worker.start()
        return life

    yield make
    await fleet.close()


async def test_thirty_phones_that_come_and_go_show_the_books(life_of: MakeFleet) -> None:
    """X1, N6, N10: pushes come late and joined; some are refused by APNs for a while."""
    life = await life_of(30)
    apns = life.worker.apns
    apns.weather = Weather(delay=(0.0, 0.05))
    apns.script(Respond(503, "ServiceUnavailable"), Respond(429, "TooManyRequests"))

    await life.go_on(3)

    assert await life.at_rest(10) == [], SEED
    assert list(apns.complaints) == []
    assert len(apns.pushes) <= (life.changes + len(life.phones)) * 2 + sum(life.fleet.happened.values())


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_a_thousand_phones_that_come_and_go_show_the_books(life_of: MakeFleet) -> None:
    began = time.monotonic()
    life = await life_of(1000)
    held = time.monotonic()
    life.worker.apns.weather = Weather(delay=(0.0, 0.5))

    await life.go_on(4)
    lived = time.monotonic()

    assert await life.at_rest(120) == [], SEED
    apns, happened = life.worker.apns, dict(life.fleet.happened)
    print(
        f"seed {SEED}: 1,000 phones of 500 members; handed out in {held - began:.0f} s, {life.changes} changes in {lived - held:.0f} s, "
        f"at rest {time.monotonic() - lived:.0f} s later; {len(apns.pushes)} pushes {dict(apns.sky.fate)}, phones {happened}, "
        f"{len(life.fleet.deviations())} lines in their logs"
    )
    assert len(apns.pushes) <= (life.changes + len(life.phones)) * 2 + sum(happened.values())


AWAY = Respond(503, "ServiceUnavailable")
MUTANTS = {
    "a change marks nothing stale": SqlEdit("pass_stale_mark", r"AND pass\.changed < n\.version", "AND false"),
    "the tag stays": StatementEdit(
        "honeyguide.wallet.store", "publish_passes", r"SET tag = tag \+ cardinality", "SET tag = tag + 0 * cardinality"
    ),
    "phones are not told": StatementEdit(
        "honeyguide.wallet.store",
        "publish_passes",
        r"wanted_tag = published\.tag,\n    -- Of several",
        "wanted_tag = r.wanted_tag,\n    -- Of several",
    ),
    "two changes of a second have one date": StatementEdit(
        "honeyguide.wallet.store", "publish_passes", r"p\.modified_at \+ interval '1 second'", "p.modified_at"
    ),
}


async def three_changes(life: Life, *failures: Respond) -> None:
    life.worker.apns.script(*failures)
    life.worker.delivery._timing = replace(life.worker.delivery._timing, coalesce=timedelta(milliseconds=50))
    for _ in range(3):
        await asyncio.gather(*(life.shop.give(member, 7) for member in life.phones))
        await asyncio.sleep(0.1)


async def test_without_a_mistake_no_phone_is_left_behind(life_of: MakeFleet) -> None:
    life = await life_of(4)
    await three_changes(life, AWAY, AWAY)

    assert await life.at_rest(15) == []


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
async def test_a_mistake_leaves_some_phone_behind(mutant: SqlEdit | StatementEdit, life_of: MakeFleet, superuser_url: str) -> None:
    """N8, A43, A45."""
    async with AsyncExitStack() as stack:
        if isinstance(mutant, SqlEdit):
            await stack.enter_async_context(mutated_sql(superuser_url, mutant))
        else:
            stack.enter_context(mutated_python(mutant))
        life = await life_of(4)
        for _ in range(5):  # on a busy machine three changes may become one
            await three_changes(life)
            if await life.at_rest(1.2):
                return
        raise AssertionError("no phone was left behind")
