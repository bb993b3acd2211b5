"""What is above a limit waits for somebody to look, and is never lost (R52)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest_asyncio

from builders.clock import NOON
from builders.shop import DEMO, Shop, a_purchase
from honeyguide.till.outcomes import Posted
from honeyguide.transactions.outcomes import Parked, PostOutcome
from honeyguide.transactions.post_transaction import post_transaction, post_transactions
from honeyguide.transactions.watch import Watch


class Watched:
    """A shop whose desks share what a process knows."""

    def __init__(self, shop: Shop, watch: Watch | None = None) -> None:
        self.shop, self.watch = shop, watch or Watch()

    async def post(self, member: Any, amount: str = "20.00", partner: str = "grocer", **changes: Any) -> PostOutcome:
        return await post_transaction(replace(self.shop.desk(partner), watch=self.watch), a_purchase(member, amount, **changes))


@pytest_asyncio.fixture
async def watched(shop: Shop) -> Watched:
    return Watched(shop)


def limits(earn: str, more: str = "") -> str:
    """The demo's program with these limits of earning."""
    return DEMO.replace("limits:\n", f"limits:\n  earn: {earn}\n{more}", 1)


async def test_above_a_posts_limit_the_purchase_is_parked_and_below_it_is_posted(watched: Watched) -> None:
    await watched.shop.apply(limits("{per_post: {amount: 100.00}}"))
    anna = await watched.shop.lookup(await watched.shop.member())

    below, above = await watched.post(anna, "100.00"), await watched.post(anna, "100.01")

    assert isinstance(below, Posted)
    assert isinstance(above, Parked) and above.reason == "POST_LIMIT"


async def test_a_members_day_is_counted_exactly_and_returns_nothing(watched: Watched) -> None:
    await watched.shop.apply(limits("{per_day: {member: {posts: 3}}}"))
    anna = await watched.shop.lookup(await watched.shop.member())
    requests = [a_purchase(anna) for _ in range(8)]

    told = await post_transactions(replace(watched.shop.desk(), watch=watched.watch), requests)
    again = await post_transactions(replace(watched.shop.desk(), watch=watched.watch), requests)

    assert sorted(type(one).__name__ for one in told) == ["Parked"] * 5 + ["Posted"] * 3
    assert [type(one) for one in again] == [type(one) for one in told]
    assert {one.reason for one in told if isinstance(one, Parked)} == {"MEMBER_DAY_LIMIT"}
    watched.shop.clock.move(days=1)
    assert isinstance(await watched.post(anna, occurred_at=watched.shop.clock()), Posted)


async def test_what_earns_more_points_than_a_post_may_is_parked(watched: Watched) -> None:
    await watched.shop.apply(limits("{per_post: {points: {points: 50}}}"))
    anna = await watched.shop.lookup(await watched.shop.member())

    few, many = await watched.post(anna, "20.00"), await watched.post(anna, "500.00")

    assert isinstance(few, Posted)
    assert isinstance(many, Parked) and many.reason == "POINTS_LIMIT"


async def test_a_cashiers_pace_holds_for_all_members_together_and_ends_by_itself(watched: Watched) -> None:
    await watched.shop.apply(limits("{velocity: [{by: cashier, posts: 3, minutes: 10}]}"))
    members = [await watched.shop.lookup(await watched.shop.member()) for _ in range(5)]

    told = [await watched.post(member, cashier="eve") for member in members]
    other = await watched.post(members[0], cashier="bob")
    watched.shop.clock.move(minutes=12)
    later = await watched.post(members[4], cashier="eve")

    assert [type(one).__name__ for one in told] == ["Posted"] * 3 + ["Parked"] * 2
    assert isinstance(told[4], Parked) and told[4].reason == "CASHIER_VELOCITY"
    assert isinstance(other, Posted) and isinstance(later, Posted)


async def test_a_retry_of_a_posted_purchase_is_answered_again_though_the_limit_is_reached_since(watched: Watched) -> None:
    await watched.shop.apply(limits("{velocity: [{by: cashier, posts: 1, minutes: 10}]}"))
    anna = await watched.shop.lookup(await watched.shop.member())
    request = a_purchase(anna, cashier="eve")
    desk = replace(watched.shop.desk(), watch=watched.watch)

    first, again, other = (
        await post_transaction(desk, request),
        await post_transaction(desk, request),
        await watched.post(anna, cashier="eve"),
    )

    assert isinstance(first, Posted) and isinstance(again, Posted) and again.replayed
    assert isinstance(other, Parked)


async def test_a_limit_of_a_shop_is_overshot_by_one_second_of_each_process_and_no_further(shop: Shop) -> None:
    await shop.apply(limits("{per_day: {location: {posts: 4}}, velocity: [{by: location, posts: 4, minutes: 5}]}"))
    processes = [Watched(shop), Watched(shop)]
    anna = await shop.lookup(await shop.member())
    seconds: list[list[type[PostOutcome]]] = []

    for _ in range(3):
        seconds.append([type(await process.post(anna, location="main")) for process in processes for _ in range(2)])
        for process in processes:
            await process.watch.tallies.flush(shop.database.pool)

    assert seconds[0] == [Posted] * 4
    assert seconds[1] == [Posted, Posted, Parked, Parked]  # the first flushed before the second had
    assert seconds[2] == [Parked] * 4
    assert await shop.database.pool.fetchval("SELECT sum(posts) FROM tally WHERE period NOT LIKE 'm%'") == 6


async def test_a_backdated_purchase_uses_the_limits_of_the_day_on_which_it_is_sent(watched: Watched) -> None:
    await watched.shop.apply(limits("{per_day: {member: {posts: 1}, cashier: {posts: 9}}}"))
    anna = await watched.shop.lookup(await watched.shop.member())

    told = [await watched.post(anna, occurred_at=NOON - timedelta(days=day)) for day in range(3)]

    assert [type(one).__name__ for one in told] == ["Posted", "Parked", "Parked"]
