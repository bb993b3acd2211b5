"""One account per owner and unit, whoever opens it first."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from builders.returns import balance
from builders.shop import Shop, a_line, a_purchase
from honeyguide.till.outcomes import Posted
from honeyguide.till.till import Till
from honeyguide.transactions.post_transaction import post_transaction


async def test_r18_two_purchases_at_once_of_a_new_member_make_one_account_in_each_unit(shop: Shop, database_url: str):
    other = Till(database_url, shop.clock, lanes=1)  # as another process would have
    member = await shop.member()
    lookup = await shop.lookup(member)
    fuel = (a_line(1, "50.00", "FUEL"),)

    try:
        outcomes = await asyncio.gather(
            *(
                post_transaction(replace(shop.desk("fuel"), till=till), a_purchase(lookup, "50.00", lines=fuel))
                for till in (shop.till, other, shop.till, other)
            )
        )
    finally:
        await other.stop()

    assert all(isinstance(outcome, Posted) for outcome in outcomes)
    accounts = await shop.database.pool.fetch(
        "SELECT unit, count(*) AS accounts FROM account WHERE kind = 'member' AND owner = $1 GROUP BY unit ORDER BY unit", member
    )
    assert [tuple(row) for row in accounts] == [("cashback", 1), ("points", 1)]
    assert await balance(shop, member) == (200, 0)
    twice = await shop.database.pool.fetch("SELECT 1 FROM account GROUP BY program_id, member_id, owner, unit, kind HAVING count(*) > 1")
    assert twice == []
