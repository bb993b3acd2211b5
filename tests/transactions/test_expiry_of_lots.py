"""Points end once, on the day that they were given, whoever looks and whatever the program says by then."""

from __future__ import annotations

import asyncio
from datetime import date

from builders.returns import balance, bought
from builders.shop import DEMO, Shop
from honeyguide.till.till import Till
from honeyguide.transactions.sweep_due import sweep_due

WITHOUT_EXPIRY = DEMO.replace("    expiry: {after: {months: 24}}\n", "")
AFTER_A_MONTH = DEMO.replace("expiry: {after: {months: 24}}", "expiry: {after: {months: 1}}")
EXPIRIES = "SELECT (detail ->> 'quantity')::int AS quantity FROM transaction WHERE kind = 'EXPIRY' AND member_id = $1 ORDER BY version"


async def test_r28_an_expiry_policy_that_is_switched_on_never_takes_points_earned_before_it(shop: Shop):
    await shop.apply(WITHOUT_EXPIRY)
    member = await shop.member()
    await bought(shop, member, "40.00")
    shop.clock.move(days=1)
    await shop.apply(AFTER_A_MONTH)
    await bought(shop, member, "30.00")

    shop.clock.move(days=3_000)
    await sweep_due(shop.till, shop.database, shop.applied, shop.clock())

    assert await balance(shop, member) == (40, 0)
    assert [row["quantity"] for row in await shop.database.pool.fetch(EXPIRIES, member)] == [30]


async def test_r28_a_shorter_policy_leaves_the_dates_that_lots_were_given(shop: Shop):
    member = await shop.member()
    await bought(shop, member, "40.00")
    shop.clock.move(days=1)
    await shop.apply(AFTER_A_MONTH)

    shop.clock.move(days=60)
    await sweep_due(shop.till, shop.database, shop.applied, shop.clock())

    assert await balance(shop, member) == (40, 0)


async def test_r30_a_lot_expires_in_one_row_however_often_two_processes_sweep_at_once(shop: Shop, database_url: str):
    members = [await shop.member() for _ in range(3)]
    for member in members:
        await bought(shop, member, "40.00")
        shop.clock.move(days=1)
        await bought(shop, member, "30.00")
    shop.clock.move(days=800)
    other = Till(database_url, shop.clock, lanes=2)  # as another process would have

    try:
        for _ in range(3):
            sweeps = [sweep_due(till, shop.database, shop.applied, shop.clock()) for till in (shop.till, other, shop.till, other)]
            await asyncio.gather(*sweeps)
    finally:
        await other.stop()

    moved = "SELECT count(*) AS rows, count(DISTINCT lot_id) AS lots, sum(amount) AS points FROM lot_move WHERE what = 'expire'"
    assert tuple(await shop.database.pool.fetchrow(moved)) == (6, 6, 3 * 70)
    for member in members:
        assert await balance(shop, member) == (0, 0)
        assert sum(row["quantity"] for row in await shop.database.pool.fetch(EXPIRIES, member)) == 70


async def test_r30_what_is_next_is_a_list_of_all_dates_in_order(shop: Shop):
    member = await shop.member()
    for amount, days in (("40.00", 31), ("30.00", 28), ("20.00", 0)):
        await bought(shop, member, amount)
        shop.clock.move(days=days)

    rows = await shop.database.pool.fetch(
        "SELECT (expires_at AT TIME ZONE 'UTC')::date AS day, sum(available)::int AS points FROM lots_at($1, $2, $3) WHERE unit = 'points'"
        " GROUP BY day ORDER BY day",
        shop.applied.program_id, member, shop.clock(),
    )  # fmt: skip

    assert [tuple(row) for row in rows] == [(date(2028, 11, 22), 40), (date(2028, 12, 23), 30), (date(2029, 1, 20), 20)]
