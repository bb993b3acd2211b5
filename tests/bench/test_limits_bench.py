"""What limits in force cost a purchase: the same use case with and without them, in turns, in the same minute."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from builders.shop import DEMO, Shop, a_purchase
from honeyguide.programs.current import Applied
from honeyguide.till.outcomes import Posted
from honeyguide.transactions.post_transaction import post_transaction
from honeyguide.transactions.watch import Watch

SECONDS, CALLERS, MEMBERS, TURNS = 2, 64, 200, 5
MEMBER = """
    per_post: {amount: 5000.00, points: {points: 100000}}
    per_day:
      member: {posts: 900000}
"""
PACES = """
    per_post: {amount: 5000.00}
    per_day:
      cashier: {posts: 9000000, amount: 900000000}
    velocity:
      - {by: member_at_cashier, posts: 900000, minutes: 10}
"""
ALL = """
    per_post: {amount: 5000.00, points: {points: 100000}}
    per_day:
      member: {posts: 900000, amount: 90000000, points: {points: 900000000}}
      cashier: {posts: 9000000, amount: 900000000}
      location: {posts: 9000000}
      partner: {posts: 9000000}
    velocity:
      - {by: member_at_cashier, posts: 900000, minutes: 10}
      - {by: cashier, posts: 900000, minutes: 10}
"""


@pytest.mark.bench
@pytest.mark.timeout(300)
async def test_purchases_a_second_with_and_without_limits(shop: Shop) -> None:
    lookups = [await shop.lookup(await shop.member()) for _ in range(MEMBERS)]
    programs = {"none": shop.applied}
    for name, limits in {"a member's day": MEMBER, "paces": PACES, "all": ALL}.items():
        programs[name] = await shop.apply(DEMO.replace("limits:\n", f"limits:\n  earn:{limits}", 1))
    watch = Watch()
    watch.tallies.start(shop.database)
    rates: dict[str, list[float]] = {name: [] for name in programs}

    async def second(applied: Applied) -> float:
        done, ends = 0, time.perf_counter() + SECONDS

        async def caller(number: int) -> None:
            nonlocal done
            while time.perf_counter() < ends:
                desk = replace(shop.desk(), watch=watch, applied=applied)
                request = a_purchase(lookups[(number * 31 + done) % MEMBERS], cashier=f"c{number % 20}", location="main")
                assert isinstance(await post_transaction(desk, request), Posted)
                done += 1

        await asyncio.gather(*(caller(number) for number in range(CALLERS)))
        return done / SECONDS

    for _ in range(TURNS):
        for name, applied in programs.items():
            rates[name].append(await second(applied))
    await watch.tallies.close()

    middle = {name: sorted(seconds)[TURNS // 2] for name, seconds in rates.items()}
    for name, rate in middle.items():
        print(f"\nuse case, {CALLERS} callers, limits: {name}: {rate:,.0f} purchases/s ({rate / middle['none']:.2f})")
