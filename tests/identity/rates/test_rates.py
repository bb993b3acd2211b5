"""C3: what a caller may cost is one bucket over all processes, exact, and hardly ever written to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from time import monotonic

import pytest

from honeyguide.database import Database
from honeyguide.identity.rates import Bucket, Empty, Rate, Rates
from honeyguide.identity.rates import rates as module
from honeyguide.identity.rates.store import lease, sweep

KEY = b"k" * 16


@asynccontextmanager
async def processes(url: str, count: int) -> AsyncIterator[list[Rates]]:
    """Each with a pool of its own, as processes have."""
    async with AsyncExitStack() as stack:
        made = []
        for _ in range(count):
            database = await Database.open(url, pool_size=2)
            stack.push_async_callback(database.close)
            made.append(Rates(database, monotonic))
            stack.push_async_callback(made[-1].close)
        yield made


async def rows(database: Database) -> int:
    return int(await database.pool.fetchval("SELECT count(*) FROM rate_bucket"))


async def days_pass(database: Database) -> None:
    """For the database; the same as far as buckets go."""
    await database.pool.execute("UPDATE rate_bucket SET full_at = full_at - interval '1 day'")


async def test_c3_three_processes_flooded_at_once_never_grant_more_than_one_bucket(database: Database, database_url: str) -> None:
    rate = Rate(capacity=20_000, restore=2_000, largest=1_000)
    bucket, cost, granted, asked = Bucket(KEY, rate), 7, 0, 0
    async with processes(database_url, 3) as three:
        begun = monotonic()

        async def flood(rates: Rates) -> None:
            nonlocal granted, asked
            while monotonic() < begun + 1.0:
                asked += 1
                answer = await rates.take(bucket, cost)  # not within +=, which would read `granted` before
                granted += cost if answer is None else 0
                if asked % 50 == 0:
                    await asyncio.sleep(0)

        await asyncio.gather(*(flood(rates) for rates in three for _ in range(3)))
        passed = monotonic() - begun
        writes = sum(rates.writes for rates in three)

    print(f"{asked} requests, {granted // cost} granted, {writes} writes: {asked // writes} requests a write")
    assert granted <= rate.capacity + rate.restore * passed
    assert granted >= rate.capacity * 0.8  # and it is not stingy
    assert writes < 60


async def test_a_steady_caller_costs_no_write_for_each_request_nor_a_wait(database: Database, database_url: str) -> None:
    bucket = Bucket(KEY, Rate(capacity=10_000, restore=100, largest=5_000))
    async with processes(database_url, 1) as (rates,):
        for _ in range(2_000):  # each announces 300 and takes 4
            assert await rates.take(bucket, 300) is None
            rates.give(bucket, 296)

        assert rates.writes <= 20  # a share of 500 is worth 125 of them


async def test_a_busy_till_meets_the_database_once_in_hundreds_of_purchases(database: Database, database_url: str) -> None:
    """Each announces 745 and comes to 25; 64 are under way at a time."""
    bucket = Bucket(KEY, Rate(capacity=1_000_000, restore=50_000, largest=500_000))
    async with processes(database_url, 1) as (rates,):

        async def till() -> None:
            for _ in range(150):
                assert await rates.take(bucket, 745) is None
                await asyncio.sleep(0)
                rates.give(bucket, 720)

        await asyncio.gather(*(till() for _ in range(64)))

        print(f"{64 * 150} purchases, {rates.writes} writes")
        assert rates.writes <= 20


async def test_what_nobody_spends_is_brought_back_and_a_full_bucket_needs_no_row(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = Bucket(KEY, Rate(capacity=10_000, restore=1, largest=5_000))
    async with processes(database_url, 2) as (here, there):
        assert await here.take(bucket, 100) is None
        here.give(bucket, 100)
        assert await rows(database) == 1
        monkeypatch.setattr(module, "KEEP_SECONDS", -1.0)
        here.put_away_unused()
        await here._safely(here._bring_back)

        assert await rows(database) == 0
        assert there.available(bucket) == 10_000
        assert await there.take(bucket, 9_999) is None  # all of it is there for another process


async def test_an_empty_bucket_says_when_to_come_again_and_fills_by_the_databases_clock(database: Database, database_url: str) -> None:
    bucket = Bucket(KEY, Rate(capacity=1_000, restore=10, largest=1_000))
    async with processes(database_url, 2) as (here, there):
        assert await here.take(bucket, 1_000) is None

        refused = await there.take(bucket, 500)
        written = there.writes
        flood = [await there.take(bucket, 500) for _ in range(1_000)]

        assert refused == Empty(50) and set(flood) == {Empty(50)}
        assert there.writes == written  # a throttled flood writes nothing
        await days_pass(database)
        await asyncio.sleep(module.DRY_SECONDS)
        assert await there.take(bucket, 500) is None


async def test_a_clock_that_was_set_back_shuts_nobody_out_for_longer_than_an_empty_bucket_takes_to_fill(database: Database) -> None:
    bucket = Bucket(KEY, Rate(100, 50, 100))
    await lease(database.pool, bucket, need=10, want=10)
    await database.pool.execute("UPDATE rate_bucket SET full_at = full_at + interval '1 hour'")

    leased = await lease(database.pool, bucket, need=10, want=10)

    assert leased.granted == 0 and leased.full_in <= 100 / 50 + 1


async def test_who_waits_at_once_waits_for_one_lease(database: Database, database_url: str) -> None:
    bucket = Bucket(KEY, Rate(capacity=10_000, restore=100, largest=5_000))
    async with processes(database_url, 1) as (rates,):
        assert set(await asyncio.gather(*(rates.take(bucket, 90) for _ in range(40)))) == {None}

        assert rates.writes <= 6


async def test_rows_of_buckets_that_are_full_again_are_swept(database: Database, database_url: str) -> None:
    async with processes(database_url, 1) as (rates,):
        for number in range(5):
            await rates.take(Bucket(bytes([number]) * 16, Rate(1_000, 10, 1_000)), 100)
        await days_pass(database)

        assert (await sweep(database.pool, 3), await sweep(database.pool, 3), await rows(database)) == (3, 2, 0)


async def test_the_shares_of_a_process_are_bounded(database: Database) -> None:
    rates = Rates(database, monotonic, most=10)
    for number in range(50):
        assert await rates.take(Bucket(bytes([number]) * 16, Rate(1_000, 10, 1_000)), 100) is None

    assert len(rates._shares) == 10 and len(rates._unused) == 10
    await rates.close()


async def test_without_the_database_each_process_fills_a_small_bucket_of_its_own() -> None:
    away = await Database.open("postgresql://nobody@127.0.0.1:1/nothing")
    rates, bucket = Rates(away, monotonic), Bucket(KEY, Rate(capacity=10_000, restore=100, largest=5_000))

    answers = [await rates.take(bucket, 100) for _ in range(10)]

    assert answers.count(None) == 5  # a twentieth of the bucket
    await rates.close()
    await away.close()
