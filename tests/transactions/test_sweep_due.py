"""What happens by itself, happens once, and never keeps what is due behind it waiting."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from uuid import UUID

import asyncpg

from builders.shop import DEMO, Shop, a_purchase, a_redemption
from honeyguide.ledger.books import broken_rows
from honeyguide.till.outcomes import Posted
from honeyguide.transactions.outcomes import Reversed
from honeyguide.transactions.post_transaction import post_transaction, post_transactions
from honeyguide.transactions.redeem import redeem
from honeyguide.transactions.requests import ById, ReverseRequest, Whole
from honeyguide.transactions.reverse_transaction import reverse_transaction
from honeyguide.transactions.sweep_due import sweep_due


async def standing(shop: Shop, member: UUID) -> asyncpg.Record:
    row = await shop.database.pool.fetchrow(
        "SELECT tier, tier_since, tier_until, due_at, version FROM standing WHERE member_id = $1", member
    )
    assert row is not None
    return row


async def test_by_calendar_year_the_review_counts_the_year_that_ended_and_no_other(shop: Shop):
    await shop.apply(DEMO.replace("{kind: rolling, months: 12}", "{kind: calendar_year}"))
    idle, busy = await shop.member(), await shop.member()
    for member in (idle, busy):
        await post_transaction(shop.desk(), a_purchase(await shop.lookup(member), "1200.00"))
    shop.clock.now = datetime(2027, 5, 1, tzinfo=UTC)
    await post_transaction(shop.desk(), a_purchase(await shop.lookup(busy), "1200.00", occurred_at=shop.clock()))
    shop.clock.now = datetime(2028, 1, 2, tzinfo=UTC)

    await sweep_due(shop.till, shop.database, shop.applied, shop.clock())

    dropped, kept = await standing(shop, idle), await standing(shop, busy)
    assert (dropped["tier"], dropped["tier_since"]) == ("fledgling", datetime(2028, 1, 1, tzinfo=UTC))
    assert dropped["due_at"].date() == date(2028, 11, 22)  # what comes next is the points' last day
    assert (kept["tier"], kept["tier_until"].year) == ("forager", 2028)
    assert await sweep_due(shop.till, shop.database, shop.applied, shop.clock()) == 0
    assert await broken_rows(shop.database.pool) == []


async def test_the_end_of_a_tier_that_was_renewed_meanwhile_is_due_once_and_gone(shop: Shop):
    member = await shop.member()
    lookup = await shop.lookup(member)
    await post_transaction(shop.desk(), a_purchase(lookup, "1200.00"))
    shop.clock.move(days=100)
    await post_transaction(shop.desk(), a_purchase(lookup, "4000.00", occurred_at=shop.clock()))
    shop.clock.move(days=270)

    rounds = [await sweep_due(shop.till, shop.database, shop.applied, shop.clock()) for _ in range(2)]

    after = await standing(shop, member)
    assert rounds == [1, 0]
    assert (after["tier"], after["version"]) == ("honeyguide", 3)
    assert after["due_at"] == after["tier_until"]
    assert await broken_rows(shop.database.pool) == []


async def test_points_expire_once_into_breakage_and_never_twice(shop: Shop):
    member = await shop.member()
    lookup = await shop.lookup(member)
    await post_transaction(shop.desk(), a_purchase(lookup, "40.00"))
    await redeem(shop.desk(), a_redemption(lookup, "15"))
    shop.clock.move(days=300)
    await post_transaction(shop.desk(), a_purchase(lookup, "30.00", occurred_at=shop.clock()))
    shop.clock.move(days=432)  # 22 November 2028 is over, the second lot lives on

    rounds = await asyncio.gather(*(sweep_due(shop.till, shop.database, shop.applied, shop.clock()) for _ in range(3)))
    rest = await sweep_due(shop.till, shop.database, shop.applied, shop.clock())

    assert max(rounds) == 1 and rest == 0
    rows = await shop.database.pool.fetch(
        "SELECT x.detail, t.amount, t.balance_after, a.kind FROM transaction x JOIN transfer t USING (program_id, member_id, transaction_id)"
        " JOIN account a ON a.account_id = t.credit WHERE x.kind = 'EXPIRY' AND x.member_id = $1",
        member,
    )
    assert [(row["kind"], row["amount"], row["balance_after"], row["detail"]["quantity"]) for row in rows] == [("breakage", 25, 30, 25)]
    due = (await standing(shop, member))["due_at"]
    assert due.date() == date(2029, 9, 18)  # the second lot's last day
    assert await broken_rows(shop.database.pool) == []


async def test_what_expired_is_posted_by_whoever_comes_before_the_sweep(shop: Shop):
    member = await shop.member()
    lookup = await shop.lookup(member)
    await post_transaction(shop.desk(), a_purchase(lookup, "40.00"))
    shop.clock.move(days=740)

    posted = await post_transaction(shop.desk(), a_purchase(lookup, "10.00", occurred_at=shop.clock()))

    assert isinstance(posted, Posted)
    assert posted.recorded.detail["after"]["accounts"]["points"]["available"] == 10
    kinds = await shop.database.pool.fetch("SELECT kind FROM transaction WHERE member_id = $1 ORDER BY version", member)
    assert [row["kind"] for row in kinds] == ["ENROLMENT", "PURCHASE", "EXPIRY", "PURCHASE"]
    assert await sweep_due(shop.till, shop.database, shop.applied, shop.clock()) == 0
    assert await broken_rows(shop.database.pool) == []


async def test_r29_a_purchase_brings_back_what_expired_though_a_sweep_was_there_first(shop: Shop):
    await shop.apply(DEMO.replace("expiry: {after: {months: 24}}", "expiry: {after: {months: 2}, reinstatement: {days: 30}}"))
    member = await shop.member()
    lookup = await shop.lookup(member)
    await post_transaction(shop.desk(), a_purchase(lookup, "40.00"))
    shop.clock.move(days=70)
    assert await sweep_due(shop.till, shop.database, shop.applied, shop.clock()) == 1

    posted = await post_transaction(shop.desk(), a_purchase(lookup, "10.00", occurred_at=shop.clock()))

    assert isinstance(posted, Posted)
    assert posted.recorded.detail["after"]["accounts"]["points"]["available"] == 50
    assert await broken_rows(shop.database.pool) == []


async def test_r29_all_lots_of_a_balance_that_rolled_are_brought_back_whatever_their_own_dates(shop: Shop):
    rolling = "expiry: {inactivity: {months: 2, by: [purchase]}, reinstatement: {days: 30}}"
    await shop.apply(DEMO.replace("expiry: {after: {months: 24}}", rolling))
    member = await shop.member()
    lookup = await shop.lookup(member)
    for days in (50, 50, 75):  # after each of the first two the balance lives on, after the third it has ended
        await post_transaction(shop.desk(), a_purchase(lookup, "40.00", occurred_at=shop.clock()))
        shop.clock.move(days=days)
    await sweep_due(shop.till, shop.database, shop.applied, shop.clock())

    posted = await post_transaction(shop.desk(), a_purchase(lookup, "1.00", occurred_at=shop.clock()))

    assert isinstance(posted, Posted)
    assert posted.recorded.detail["after"]["accounts"]["points"]["available"] == 121
    assert await broken_rows(shop.database.pool) == []


async def test_r29_a_late_post_in_one_call_with_another_lives_as_long_as_the_balance_that_rolled_on(shop: Shop):
    await shop.apply(DEMO.replace("expiry: {after: {months: 24}}", "expiry: {inactivity: {months: 1, by: [purchase]}}"))
    member = await shop.member()
    lookup = await shop.lookup(member)
    late = a_purchase(lookup, "40.00", occurred_at=shop.clock())
    shop.clock.move(days=40)
    await post_transaction(shop.desk(), a_purchase(lookup, "10.00", occurred_at=shop.clock()))

    await post_transactions(shop.desk(), [late, a_purchase(lookup, "1.00", occurred_at=shop.clock())])

    assert await shop.database.pool.fetchval("SELECT posted FROM account WHERE member_id = $1 AND unit = 'points'", member) == 51
    assert await broken_rows(shop.database.pool) == []


async def test_r29_only_what_expired_within_the_window_comes_back_not_what_a_later_return_woke(shop: Shop):
    policy = "expiry: {after: {months: 2}, reinstatement: {days: 30}}\n    returned_to_expired: {grace_days: 5}"
    await shop.apply(DEMO.replace("expiry: {after: {months: 24}}", policy))
    member = await shop.member()
    lookup = await shop.lookup(member)
    await post_transaction(shop.desk("fuel"), a_purchase(lookup, "400.00"))
    burned = await redeem(shop.desk("fuel"), a_redemption(lookup, "3"))
    assert isinstance(burned, Posted)
    shop.clock.move(days=300)
    ask = ReverseRequest("late-return", ById(member, burned.recorded.transaction_id), "r-1", Whole())
    assert isinstance(await reverse_transaction(shop.desk("fuel"), ask), Reversed)
    shop.clock.move(days=10)

    await post_transaction(shop.desk("fuel"), a_purchase(lookup, "1.00", occurred_at=shop.clock()))

    assert await shop.database.pool.fetchval("SELECT posted FROM account WHERE member_id = $1 AND unit = 'points'", member) == 3 + 1
