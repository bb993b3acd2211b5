"""What a merged member did is reversed by the very lots it gave, wherever they are by now (R19-R25, R40)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from builders.people import balances, call_of, earn, sound
from builders.shop import DEMO, Shop, a_line, a_purchase, a_redemption
from honeyguide.ledger.recorded import Recorded
from honeyguide.members.join_household import FoundRequest, found_household
from honeyguide.members.merge_members import MergeRequest, merge_members
from honeyguide.members.paid_by_another import survivor
from honeyguide.members.unmerge_members import UnmergeRequest, unmerge_members
from honeyguide.till.outcomes import Posted
from honeyguide.transactions.outcomes import Reversed
from honeyguide.transactions.post_transaction import post_transaction
from honeyguide.transactions.redeem import redeem
from honeyguide.transactions.requests import ById, ByLines, ByQuantity, ReversalLine, ReverseRequest, Whole
from honeyguide.transactions.reverse_transaction import reverse_transaction


async def merged(shop: Shop, source: UUID, target: UUID) -> Recorded:
    request = MergeRequest(str(uuid4()), await shop.lookup(source), await shop.lookup(target), True, "one person")
    outcome = await merge_members(call_of(shop), request)
    assert isinstance(outcome, Posted)
    return outcome.recorded


async def returned(shop: Shop, of: Recorded, what: Any = None, partner: str = "grocer") -> Recorded:
    request = ReverseRequest(str(uuid4()), ById(of.member_id, of.transaction_id), str(uuid4()), what or Whole())
    outcome = await reverse_transaction(shop.desk(partner), request)
    assert isinstance(outcome, Reversed), outcome
    return outcome.reversal


async def lots(shop: Shop, member: UUID) -> dict[str, int]:
    rows = await shop.database.pool.fetch("SELECT unit, sum(open + pending) AS n FROM lot WHERE member_id = $1 GROUP BY unit", member)
    return {row["unit"]: row["n"] for row in rows if row["n"]}


async def test_a_return_of_the_sources_purchase_takes_the_points_from_the_target_and_from_its_very_lot(shop: Shop):
    anna, bert = await shop.member(), await shop.member()
    bought = await earn(shop, anna, "100.00")
    await earn(shop, bert, "50.00")
    had = await balances(shop, bert)
    await merged(shop, anna, bert)

    reversal = await returned(shop, bought)

    assert reversal.member_id == anna
    assert (await balances(shop, anna), await balances(shop, bert)) == ({}, had)
    assert await shop.database.pool.fetchval("SELECT sum(clawed) FROM lot WHERE member_id = $1", anna) > 0
    assert await shop.database.pool.fetchval("SELECT sum(clawed) FROM lot WHERE member_id = $1", bert) == 0
    assert await sound(shop)


async def test_what_the_target_spent_of_it_comes_from_his_other_lots_and_then_he_owes_it(shop: Shop):
    anna, bert = await shop.member(), await shop.member()
    bought = await earn(shop, anna, "100.00")
    shop.clock.move(days=1)
    await earn(shop, bert, "10.00")
    await merged(shop, anna, bert)
    total = (await balances(shop, bert))["points"]
    spent = await redeem(shop.desk(), a_redemption(await shop.lookup(bert), "90"))
    earned = sum(one["quantity"] for one in bought.detail["accruals"] if one["unit"] == "points")

    await returned(shop, bought)

    assert isinstance(spent, Posted)
    assert await balances(shop, anna) == {}
    assert (await balances(shop, bert))["points"] == total - 90 - earned
    assert await sound(shop)


async def test_pending_cashback_of_the_sources_purchase_is_cancelled_at_the_target(shop: Shop):
    anna, bert = await shop.member(), await shop.member()
    bought = await post_transaction(shop.desk("fuel"), a_purchase(await shop.lookup(anna), "50.00", occurred_at=shop.clock()))
    assert isinstance(bought, Posted)
    await merged(shop, anna, bert)
    assert await lots(shop, bert) != {}

    await returned(shop, bought.recorded, partner="fuel")

    assert (await lots(shop, anna), await lots(shop, bert)) == ({}, {})
    assert await sound(shop)


async def test_r27_what_expired_at_the_target_is_not_lost_a_second_time_when_the_sources_purchase_is_returned(shop: Shop):
    anna, bert = await shop.member(), await shop.member()
    bought = await earn(shop, anna, "100.00", lines=(a_line(1, "40.00"), a_line(2, "60.00")))
    await merged(shop, anna, bert)
    shop.clock.move(days=800)
    await earn(shop, bert, "5.00")
    had = await balances(shop, bert)

    for line in ("1", "2"):
        await returned(shop, bought, ByLines((ReversalLine(line, Decimal(1)),)))

    assert (await balances(shop, anna), await balances(shop, bert)) == ({}, had)
    assert await sound(shop)


async def test_points_of_the_sources_reversed_redemption_come_to_the_target_with_their_dates(shop: Shop):
    anna, bert = await shop.member(), await shop.member()
    await earn(shop, anna, "100.00")
    spent = await redeem(shop.desk(), a_redemption(await shop.lookup(anna), "40"))
    assert isinstance(spent, Posted)
    await merged(shop, anna, bert)
    had = (await balances(shop, bert))["points"]

    for quantity in (Decimal(15), Decimal(25)):
        await returned(shop, spent.recorded, ByQuantity(quantity))

    assert await balances(shop, anna) == {}
    assert (await balances(shop, bert))["points"] == had + 40
    dates = await shop.database.pool.fetch(
        "SELECT DISTINCT expires_at FROM lot WHERE member_id = ANY($1) AND unit = 'points'", [anna, bert]
    )
    assert len(dates) == 1
    assert await sound(shop)


async def test_progress_and_caps_that_came_along_go_at_the_target_too(shop: Shop):
    anna, bert = await shop.member(), await shop.member()
    bought = await earn(shop, anna, "100.00")
    await merged(shop, anna, bert)

    await returned(shop, bought)

    left = await shop.database.pool.fetch("SELECT member_id, name, value FROM counter WHERE value <> 0 AND name LIKE 'qualifying/%'")
    assert [tuple(row) for row in left] == []
    assert await sound(shop)


async def test_after_two_merges_the_last_one_pays_and_after_an_unmerge_each_pays_for_himself(shop: Shop):
    anna, bert, carl = await shop.member(), await shop.member(), await shop.member()
    one, two = await earn(shop, anna, "100.00"), await earn(shop, anna, "60.00")
    await merged(shop, anna, bert)
    second = await merged(shop, bert, carl)
    assert await survivor(shop.database.pool, shop.applied.program_id, anna) == carl

    await returned(shop, one)
    undone = await unmerge_members(call_of(shop), UnmergeRequest(str(uuid4()), bert, second.transaction_id, "no"))
    assert isinstance(undone, Posted)
    await returned(shop, two)

    assert [await balances(shop, member) for member in (anna, bert, carl)] == [{}, {}, {}]
    assert await sound(shop)


async def counters(shop: Shop, member: UUID) -> dict[tuple[str, str], int]:
    rows = await shop.database.pool.fetch("SELECT name, period, value FROM counter WHERE member_id = $1 AND value <> 0", member)
    return {(row["name"], row["period"]): row["value"] for row in rows}


async def test_r25_a_return_unwinds_the_counters_at_everybody_who_took_the_member_over(shop: Shop):
    anna, bert, cora = await shop.member(), await shop.member(), await shop.member()
    bought = await earn(shop, anna, "100.00")
    await merged(shop, anna, bert)
    await merged(shop, bert, cora)

    await returned(shop, bought)

    assert [await counters(shop, one) for one in (anna, bert, cora)] == [{}, {}, {}]
    assert await sound(shop)


async def test_r25_a_return_that_the_household_of_the_target_pays_unwinds_the_targets_counters(shop: Shop):
    anna, bert = await shop.member(), await shop.member()
    bought = await earn(shop, anna, "100.00")
    await merged(shop, anna, bert)
    assert isinstance(await found_household(call_of(shop, bert), FoundRequest(str(uuid4()))), Posted)

    await returned(shop, bought)

    assert [await counters(shop, one) for one in (anna, bert)] == [{}, {}]
    assert await sound(shop)


async def test_an_unmerge_leaves_the_target_the_counters_that_are_his_after_a_return_of_the_sources(shop: Shop):
    anna, bert = await shop.member(), await shop.member()
    bought = await earn(shop, anna, "100.00")
    await earn(shop, bert, "60.00")
    his = await counters(shop, bert)
    merge = await merged(shop, anna, bert)
    await returned(shop, bought)

    await unmerge_members(call_of(shop), UnmergeRequest(str(uuid4()), anna, merge.transaction_id, "two persons after all"))

    assert (await counters(shop, anna), await counters(shop, bert)) == ({}, his)
    assert await sound(shop)


@pytest.mark.parametrize("in_household", [False, True])
@pytest.mark.parametrize(("on_return", "tier"), [("at_review", "forager"), ("immediate", "fledgling"), ("if_caused", "fledgling")])
async def test_r25_a_return_of_the_sources_purchase_judges_the_tier_that_came_to_the_target_with_it(
    shop: Shop, on_return: str, tier: str, in_household: bool
):
    await shop.apply(DEMO.replace("  levels:\n    fledgling", f"  on_return: {on_return}\n  levels:\n    fledgling"))
    anna, bert = await shop.member(), await shop.member()
    bought = await earn(shop, anna, "1200.00")
    await merged(shop, anna, bert)
    held = "SELECT tier FROM standing WHERE member_id = $1"
    assert await shop.database.pool.fetchval(held, bert) == "forager"
    if in_household:
        assert isinstance(await found_household(call_of(shop, bert), FoundRequest(str(uuid4()))), Posted)

    await returned(shop, bought)

    assert await shop.database.pool.fetchval(held, bert) == tier
    assert await sound(shop)


async def test_r25_a_target_who_earned_his_tier_himself_keeps_it_when_the_sources_purchase_is_returned(shop: Shop):
    await shop.apply(DEMO.replace("  levels:\n    fledgling", "  on_return: immediate\n  levels:\n    fledgling"))
    anna, bert = await shop.member(), await shop.member()
    bought = await earn(shop, anna, "1200.00")
    await earn(shop, bert, "1200.00")
    await merged(shop, anna, bert)

    await returned(shop, bought)

    assert await shop.database.pool.fetchval("SELECT tier FROM standing WHERE member_id = $1", bert) == "forager"
    assert await sound(shop)


async def test_a_debt_of_who_was_merged_twice_goes_with_the_one_in_the_middle_when_the_second_merge_is_taken_back(shop: Shop):
    anna, bert, carl = await shop.member(), await shop.member(), await shop.member()
    bought = await earn(shop, anna, "100.00")
    spent = await redeem(shop.desk(), a_redemption(await shop.lookup(anna), "100"))
    assert isinstance(spent, Posted)
    left = (await balances(shop, anna))["points"]
    await merged(shop, anna, bert)
    second = await merged(shop, bert, carl)
    await returned(shop, bought)
    owed = await balances(shop, carl)

    await unmerge_members(call_of(shop), UnmergeRequest(str(uuid4()), bert, second.transaction_id, "no"))

    assert owed == {"points": -100} and left >= 0
    assert [await balances(shop, one) for one in (anna, bert, carl)] == [{}, owed, {}]
    assert await sound(shop)
