"""Exchanges and returns without a receipt: matched with what the member bought, else taken within the balance (R50)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from builders.people import sound
from builders.returns import balance, bought
from builders.shop import DEMO, Shop, a_line, a_purchase
from honeyguide.till.outcomes import Posted
from honeyguide.transactions.outcomes import Parked, Rejected
from honeyguide.transactions.post_transaction import post_transaction
from honeyguide.transactions.requests import LineRequest


def article(number: int, sku: str, amount: str, quantity: str = "1", category: str = "GROCERY") -> LineRequest:
    return replace(a_line(number, amount, category), sku=sku, quantity=Decimal(quantity))


@pytest.mark.asyncio
async def test_r50_a_return_without_a_receipt_takes_back_what_its_best_match_earned(shop: Shop):
    member = await shop.member()
    await bought(shop, member, "40.00", lines=(article(1, "pear", "40.00", category="PRODUCE"),))  # 2 a dollar
    assert await balance(shop, member) == (80, 0)

    await bought(shop, member, "-40.00", lines=(article(1, "pear", "-40.00", "-1"),))

    assert await balance(shop, member) == (0, 0)
    await sound(shop)


@pytest.mark.asyncio
async def test_an_exchange_takes_back_the_old_article_and_earns_for_the_new_one(shop: Shop):
    member = await shop.member()
    await bought(shop, member, "30.00", lines=(article(1, "shoes", "30.00"),))

    exchange = await bought(shop, member, "10.00", lines=(article(1, "shoes", "-30.00", "-1"), article(2, "boots", "40.00")))

    assert exchange.amount_minor == 1000 and [row["id"] for row in exchange.detail["lines"]] == ["2", "1"]
    assert await balance(shop, member) == (40, 0)
    kinds = await shop.database.pool.fetch("SELECT kind FROM transaction WHERE member_id = $1 ORDER BY version", member)
    assert [row["kind"] for row in kinds] == ["ENROLMENT", "PURCHASE", "REVERSAL", "PURCHASE"]
    await sound(shop)


@pytest.mark.asyncio
async def test_r50_the_same_article_comes_back_no_more_often_than_it_was_bought(shop: Shop):
    member = await shop.member()
    await bought(shop, member, "20.00", lines=(article(1, "tea", "20.00", "2"),))
    await bought(shop, member, "100.00")
    for _ in range(2):
        await bought(shop, member, "-10.00", lines=(article(1, "tea", "-10.00", "-1"),))
    assert await balance(shop, member) == (150, 0)

    await bought(shop, member, "-10.00", lines=(article(1, "tea", "-10.00", "-1"),))  # unmatched: as it would earn today

    assert await balance(shop, member) == (140, 0)
    await sound(shop)


@pytest.mark.asyncio
async def test_r50_an_unmatched_return_is_clamped_within_the_balance(shop: Shop):
    member = await shop.member()
    await bought(shop, member, "5.00")

    await bought(shop, member, "-40.00", lines=(article(1, "unknown", "-40.00", "-1"),))

    assert await balance(shop, member) == (0, 0)
    await sound(shop)


@pytest.mark.asyncio
async def test_r50_a_purchase_of_too_long_ago_is_no_match(shop: Shop):
    member = await shop.member()
    await bought(shop, member, "40.00", lines=(article(1, "pear", "40.00", category="PRODUCE"),))
    shop.clock.now += timedelta(days=31)

    await bought(shop, member, "-40.00", lines=(article(1, "pear", "-40.00", "-1"),))

    assert await balance(shop, member) == (40, 0)  # as groceries earn today, not as fruit did
    await sound(shop)


@pytest.mark.asyncio
async def test_r50_r52_more_than_a_member_or_a_cashier_may_bring_unmatched_is_parked(shop: Shop):
    source = DEMO.replace("{member: 50.00, cashier: 500.00}", "{member: 50.00, cashier: 80.00}")
    await shop.apply(source)
    one, other = await shop.member(), await shop.member()
    back = (article(1, "unknown", "-45.00", "-1"),)
    await bought(shop, one, "-45.00", lines=back, cashier="7")

    again = await post_transaction(shop.desk(), a_purchase(await shop.lookup(one), "-45.00", lines=back, cashier="8"))
    at_till = await post_transaction(shop.desk(), a_purchase(await shop.lookup(other), "-45.00", lines=back, cashier="7"))
    elsewhere = await post_transaction(shop.desk(), a_purchase(await shop.lookup(other), "-45.00", lines=back, cashier="8"))

    assert isinstance(again, Parked) and isinstance(at_till, Parked) and isinstance(elsewhere, Posted)
    await sound(shop)


@pytest.mark.asyncio
async def test_a_negative_amount_needs_lines_that_come_back(shop: Shop):
    lookup = await shop.lookup(await shop.member())

    for lines in ((), (a_line(1, "5.00"), replace(a_line(2, "-6.00"), kind="DISCOUNT"))):
        outcome = await post_transaction(shop.desk(), a_purchase(lookup, "-1.00", lines=lines))
        assert isinstance(outcome, Rejected) and (outcome.code, outcome.path) == ("NEGATIVE_AMOUNT", ("amount", "amount"))


@pytest.mark.asyncio
async def test_r50_r39_what_was_bought_at_another_partner_costs_none_of_its_points(shop: Shop):
    member = await shop.member()
    await bought(shop, member, "40.00", lines=(article(1, "tea", "40.00"),))
    await bought(shop, member, "7.00", partner="fuel")

    await bought(shop, member, "-20.00", partner="fuel", lines=(article(1, "tea", "-20.00", "-1"),))

    assert await balance(shop, member) == (40, 0)  # the seven points of the fuel partner, and no more
    credited = "SELECT coalesce(sum(amount), 0)::int FROM transfer JOIN account ON account_id = credit WHERE kind = 'issued' AND owner = $1"
    assert await shop.database.pool.fetchval(credited, shop.partners["grocer"].partner_id) == 0


@pytest.mark.asyncio
async def test_a_line_sold_by_a_negative_number_is_refused(shop: Shop):
    lookup = await shop.lookup(await shop.member())

    outcome = await post_transaction(shop.desk(), a_purchase(lookup, "20.00", lines=(article(1, "tea", "20.00", "-1"),)))

    assert isinstance(outcome, Rejected) and (outcome.code, outcome.path) == ("INVALID_VALUE", ("lines", "0", "quantity"))
