"""Subscriptions over the books (L1): the present first, then each change, whoever posts it and whatever is lost on the way."""

from __future__ import annotations

from builders.platform import Platform
from builders.subscriber import ACCOUNTS, ACTIVITY, TIER, subscribed


async def test_l1_the_present_comes_first_then_each_change_whichever_process_posts(platform: Platform, other: Platform) -> None:
    anna = await platform.enrol()
    await platform.enrol("bert@example.test")
    await platform.post("10.00")

    async with (
        subscribed(other, anna, ACCOUNTS) as accounts,
        subscribed(other, anna, ACTIVITY) as rows,
        subscribed(other, anna, TIER) as tiers,
    ):
        first = (await accounts.next())["available"], (await rows.next())["quantity"], (await tiers.next())["tier"]["code"]
        await platform.post("20.00")
        second = (await accounts.next())["available"], (await rows.next())["quantity"]
        await platform.post("5.00", email="bert@example.test")

        assert (first, second) == (("10", "10", "fledgling"), ("30", "20"))
        assert await accounts.hears_nothing() and await rows.hears_nothing(0.01) and await tiers.hears_nothing(0.01)
