"""What is posted late is decided as of the day on which it happened (R10)."""

from __future__ import annotations

from datetime import timedelta

from builders.clock import NOON
from builders.returns import balance, bought
from builders.shop import DEMO, Shop, a_purchase
from honeyguide.till.outcomes import Posted
from honeyguide.transactions.outcomes import Parked
from honeyguide.transactions.post_transaction import post_transaction

DOUBLED = DEMO.replace("    earn: 1\n", "    earn: 2\n").replace("expiry: {after: {months: 24}}", "expiry: {after: {months: 1}}")
THEN = NOON + timedelta(days=1)


async def test_r10_rules_tier_and_expiry_are_those_of_the_activity_date_and_both_dates_are_kept(shop: Shop):
    member = await shop.member()
    shop.clock.move(days=10)
    await bought(shop, member, "1200.00")  # forager from now on
    await shop.apply(DOUBLED)
    shop.clock.move(days=10)
    before, _ = await balance(shop, member)

    late = await bought(shop, member, "40.00", occurred_at=THEN)

    assert await balance(shop, member) == (before + 40, 0)  # once and not twice, as a fledgling and not as a forager
    assert late.program_version == 1
    lot = await shop.database.pool.fetchrow("SELECT earned_at, expires_at FROM lot WHERE transaction_id = $1", late.transaction_id)
    assert lot["earned_at"] == THEN
    assert lot["expires_at"].date().isoformat() == "2028-11-23"  # 24 months from that day, not a month from today
    row = await shop.database.pool.fetchrow("SELECT occurred_at, posted_at FROM transaction WHERE transaction_id = $1", late.transaction_id)
    assert tuple(row) == (THEN, shop.clock())
    today = await bought(shop, member, "40.00")
    assert (today.program_version, (await balance(shop, member))[0]) == (2, before + 40 + 100)


async def test_r10_how_late_a_post_may_come_is_each_partners_own(shop: Shop):
    await shop.apply(
        DEMO.replace("accepts: [points, cashback]\n    window_days: 400\n    categories: [FUEL]", "window_days: 5\n    categories: [FUEL]")
    )
    lookup = await shop.lookup(await shop.member())
    ten_days_ago = shop.clock() - timedelta(days=10)

    at_grocer = await post_transaction(shop.desk(), a_purchase(lookup, "20.00", occurred_at=ten_days_ago))
    at_fuel = await post_transaction(shop.desk("fuel"), a_purchase(lookup, "20.00", occurred_at=ten_days_ago))

    assert isinstance(at_grocer, Posted) and isinstance(at_fuel, Parked)
