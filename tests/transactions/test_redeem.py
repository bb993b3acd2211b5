"""Redeeming: what is available, what the proof allows, and once only."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from builders.shop import NOW, Shop, a_line, a_purchase, a_redemption
from honeyguide.ledger.books import broken_rows
from honeyguide.till.outcomes import Posted
from honeyguide.transactions.outcomes import InsufficientBalance, ProofRequired, Rejected
from honeyguide.transactions.post_transaction import post_transaction
from honeyguide.transactions.quote import Quoted, quote
from honeyguide.transactions.redeem import redeem
from honeyguide.transactions.requests import QuoteRequest
from honeyguide.transactions.sweep_due import sweep_due


async def test_a_redemption_burns_points_and_the_acceptor_is_owed_them(shop: Shop):
    member = await shop.member()
    lookup = await shop.lookup(member)
    await post_transaction(shop.desk(), a_purchase(lookup, "200.00"))

    redeemed = await redeem(shop.desk("fuel"), a_redemption(lookup, "120"))

    assert isinstance(redeemed, Posted)
    assert redeemed.recorded.detail["after"]["accounts"]["points"]["available"] == 300 - 120
    owed = await shop.database.pool.fetchval(
        "SELECT sum(t.amount) FROM transfer t JOIN account a ON a.account_id = t.credit WHERE a.kind = 'redeemed' AND a.owner = $1",
        shop.partners["fuel"].partner_id,
    )
    assert owed == 120
    assert await broken_rows(shop.database.pool) == []


async def test_more_than_is_available_is_refused_with_both_figures(shop: Shop):
    lookup = await shop.lookup(await shop.member())
    await post_transaction(shop.desk(), a_purchase(lookup, "10.00"))

    refused = await redeem(shop.desk(), a_redemption(lookup, "11"))

    assert refused == InsufficientBalance("points", 11, 10)


async def test_by_number_alone_only_the_daily_limit_burns_however_the_till_dates_it(shop: Shop):
    lookup = await shop.lookup(await shop.member())
    await post_transaction(shop.desk(), a_purchase(lookup, "900.00"))

    within = await redeem(shop.desk(), a_redemption(lookup, "400"))
    above = await redeem(shop.desk(), a_redemption(lookup, "101"))
    backdated = await redeem(shop.desk(), a_redemption(lookup, "101", occurred_at=NOW - timedelta(days=1)))
    rest = await redeem(shop.desk(), a_redemption(lookup, "100"))
    shop.clock.move(days=1)
    tomorrow = await redeem(shop.desk(), a_redemption(lookup, "101"))

    assert isinstance(within, Posted) and isinstance(rest, Posted) and isinstance(tomorrow, Posted)
    assert above == backdated == ProofRequired(("PRESENT", "APPROVED"))


async def test_many_small_burns_at_once_never_pass_the_daily_limit(shop: Shop):
    lookup = await shop.lookup(await shop.member())
    await post_transaction(shop.desk(), a_purchase(lookup, "2000.00"))

    answers = await asyncio.gather(*(redeem(shop.desk(), a_redemption(lookup, "60")) for _ in range(30)))

    assert sum(isinstance(answer, Posted) for answer in answers) == 8  # 480 of 500
    assert await broken_rows(shop.database.pool) == []


async def test_r15_of_fifty_redemptions_at_once_of_eighty_against_a_hundred_exactly_one_wins(shop: Shop):
    lookup = await shop.lookup(await shop.member())
    await post_transaction(shop.desk("fuel"), a_purchase(lookup, "100.00"))

    answers = await asyncio.gather(*(redeem(shop.desk(), a_redemption(lookup, "80")) for _ in range(50)))

    assert sum(isinstance(answer, Posted) for answer in answers) == 1
    assert [answer for answer in answers if not isinstance(answer, Posted)] == [InsufficientBalance("points", 80, 20)] * 49


async def test_a_refused_redemption_is_refused_again_under_its_key_though_points_came(shop: Shop):
    lookup = await shop.lookup(await shop.member())
    request = a_redemption(lookup, "50")

    first = await redeem(shop.desk(), request)
    await post_transaction(shop.desk(), a_purchase(lookup, "90.00"))
    again = await redeem(shop.desk(), request)
    new_key = await redeem(shop.desk(), a_redemption(lookup, "50", reference=request.reference))

    assert first == again == InsufficientBalance("points", 50, 0)
    assert isinstance(new_key, Posted)


@pytest.mark.parametrize(
    ("quantity", "unit", "code", "path"),
    [
        ("0", "points", "ZERO_QUANTITY", ("quantity",)),
        ("-5", "points", "NEGATIVE_AMOUNT", ("quantity",)),
        ("1.5", "points", "TOO_MANY_DECIMALS", ("quantity",)),
        ("5", "miles", "UNKNOWN_UNIT", ("unit",)),
    ],
)
async def test_a_redemption_that_makes_no_sense_is_refused_by_its_field(shop: Shop, quantity, unit, code, path):
    refused = await redeem(shop.desk(), a_redemption(await shop.lookup(await shop.member()), quantity, unit))

    assert isinstance(refused, Rejected) and (refused.code, refused.path) == (code, path)


async def test_pending_cashback_is_not_spendable_until_its_day_and_then_before_any_sweep(shop: Shop):
    lookup = await shop.lookup(await shop.member())
    await post_transaction(shop.desk("fuel"), a_purchase(lookup, "100.00", lines=(a_line(1, "100.00", "FUEL"),)))

    early = await redeem(shop.desk(), a_redemption(lookup, "1.00", "cashback"))
    shop.clock.move(days=15)
    due = await redeem(shop.desk(), a_redemption(lookup, "1.50", "cashback"))

    assert early == InsufficientBalance("cashback", 100, 0)
    assert isinstance(due, Posted)
    assert await broken_rows(shop.database.pool) == []


async def test_the_sweep_activates_what_is_due_once_however_often_and_by_whom(shop: Shop):
    member = await shop.member()
    lookup = await shop.lookup(member)
    await post_transaction(shop.desk("fuel"), a_purchase(lookup, "100.00", lines=(a_line(1, "100.00", "FUEL"),)))
    shop.clock.move(days=15)

    rounds = await asyncio.gather(*(sweep_due(shop.till, shop.database, shop.applied, shop.clock()) for _ in range(5)))
    rest = await sweep_due(shop.till, shop.database, shop.applied, shop.clock())

    assert set(rounds) <= {0, 1} and rest == 0
    kinds = await shop.database.pool.fetch("SELECT kind FROM transaction WHERE member_id = $1 ORDER BY version", member)
    assert [row["kind"] for row in kinds] == ["ENROLMENT", "PURCHASE", "ACTIVATION"]
    assert await broken_rows(shop.database.pool) == []


async def test_a_tier_ends_by_itself_when_its_period_is_over(shop: Shop):
    member = await shop.member()
    await post_transaction(shop.desk(), a_purchase(await shop.lookup(member), "1200.00"))
    shop.clock.move(days=366)

    swept = await sweep_due(shop.till, shop.database, shop.applied, shop.clock())

    assert swept == 1
    assert await shop.database.pool.fetchval("SELECT tier FROM standing WHERE member_id = $1", member) == "fledgling"
    assert await sweep_due(shop.till, shop.database, shop.applied, shop.clock()) == 0
    assert await broken_rows(shop.database.pool) == []


async def test_a_purchase_after_a_tiers_end_earns_by_the_reviewed_tier_though_no_sweep_came(shop: Shop):
    member = await shop.member()
    lookup = await shop.lookup(member)
    await post_transaction(shop.desk(), a_purchase(lookup, "1200.00"))
    shop.clock.move(days=380)

    quoted = await quote(shop.desk(), QuoteRequest(lookup, Decimal("40.00"), "USD"))
    posted = await post_transaction(shop.desk(), a_purchase(lookup, "40.00", occurred_at=shop.clock()))

    assert isinstance(posted, Posted) and isinstance(quoted, Quoted)
    assert [accrual.quantity for accrual in quoted.evaluation.accruals] == [40]
    assert (posted.recorded.detail["tier"], posted.recorded.detail["accruals"][0]["quantity"]) == ("fledgling", 40)
    kinds = await shop.database.pool.fetch("SELECT kind FROM transaction WHERE member_id = $1 ORDER BY version", member)
    assert [row["kind"] for row in kinds] == ["ENROLMENT", "PURCHASE", "TIER_REVIEW", "PURCHASE"]
    assert await broken_rows(shop.database.pool) == []


async def test_a_quote_is_what_the_post_then_gives_and_writes_nothing(shop: Shop):
    lookup = await shop.lookup(await shop.member())
    await post_transaction(shop.desk(), a_purchase(lookup, "990.00"))
    before = await shop.database.pool.fetchval("SELECT count(*) FROM transaction")

    quoted = await quote(shop.desk(), QuoteRequest(lookup, Decimal("62.40"), "USD", occurred_at=NOW))
    after = await shop.database.pool.fetchval("SELECT count(*) FROM transaction")
    posted = await post_transaction(shop.desk(), a_purchase(lookup, "62.40"))

    assert isinstance(quoted, Quoted) and isinstance(posted, Posted)
    assert before == after
    assert [accrual.quantity for accrual in quoted.evaluation.accruals] == [
        accrual["quantity"] for accrual in posted.recorded.detail["accruals"]
    ]
    assert quoted.redeemable["points"].redeemable == 500 and quoted.redeemable["points"].available == 990 + 19 * 25
