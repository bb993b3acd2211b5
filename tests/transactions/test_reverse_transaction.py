"""Returns: what was recorded is taken back, whatever the order, the number and today's program (R19-R25, R53)."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from builders.clock import NOON
from builders.people import sound
from builders.returns import balance, bought
from builders.shop import CLAIMS, DEMO, HANDLE_KEY, Shop, a_line, a_purchase, a_redemption
from honeyguide.caller import Audience, Caller
from honeyguide.ledger.recorded import Recorded
from honeyguide.members.call import Call
from honeyguide.members.close_account import CloseAccount, close_account
from honeyguide.members.lookup import LookupPolicy
from honeyguide.till.outcomes import Posted
from honeyguide.till.reading import Reads, read_books
from honeyguide.transactions.outcomes import DuplicateReference, IdempotencyConflict, Rejected, Reversed
from honeyguide.transactions.post_transaction import post_transaction
from honeyguide.transactions.redeem import redeem
from honeyguide.transactions.requests import ByAmount, ById, ByLines, ByQuantity, ByReference, ReversalLine, ReverseRequest, Whole
from honeyguide.transactions.reverse_transaction import reverse_transaction

PER_TEN = DEMO.replace("    earn: 1\n    per: 1.00", "    earn: 1\n    per: 10.00")


def a_reversal(of: Recorded, what: Any = None, **changes: Any) -> ReverseRequest:
    request = ReverseRequest(f"key-{uuid4()}", ById(of.member_id, of.transaction_id), f"return-{uuid4()}", what or Whole())
    return replace(request, **changes)


async def returned(shop: Shop, of: Recorded, what: Any = None, partner: str = "grocer") -> Recorded:
    outcome = await reverse_transaction(shop.desk(partner), a_reversal(of, what))
    assert isinstance(outcome, Reversed), outcome
    return outcome.reversal


def money(amount: str) -> ByAmount:
    return ByAmount(Decimal(amount), "USD")


def lines(*rows: tuple[str, str]) -> ByLines:
    return ByLines(tuple(ReversalLine(line_id, Decimal(quantity)) for line_id, quantity in rows))


@pytest.mark.asyncio
async def test_a_whole_return_takes_back_all_that_was_earned(shop: Shop):
    member = await shop.member()
    purchase = await bought(shop, member, "62.40")
    assert (await balance(shop, member)) == (62 + 25, 0)

    reversal = await returned(shop, purchase)

    assert reversal.of_transaction == purchase.transaction_id
    assert (reversal.amount_minor, reversal.currency) == (-6240, "USD")
    assert await balance(shop, member) == (0, 0)
    await sound(shop)


@pytest.mark.asyncio
async def test_r20_a_purchase_of_21_90_that_earned_2_loses_1_with_5_dollars_and_all_in_any_split(shop: Shop):
    await shop.apply(PER_TEN)
    member = await shop.member()
    purchase = await bought(shop, member, "21.90")
    assert await balance(shop, member) == (2, 0)

    await returned(shop, purchase, money("5.00"))

    assert await balance(shop, member) == (1, 0)
    for split in (["16.90"], ["6.90", "9.99", "0.01"], ["0.01"] * 5 + ["16.85"]):
        again = await bought(shop, member, "21.90")
        before = await balance(shop, member)
        for part in ["5.00", *split]:
            await returned(shop, again, money(part))
        assert await balance(shop, member) == (before[0] - 2, 0)
    await sound(shop)


@pytest.mark.asyncio
async def test_r20_lines_may_come_back_in_any_order_with_the_same_end(shop: Shop):
    basket = [a_line(1, "30.00", "PRODUCE"), a_line(2, "45.00"), a_line(3, "24.99")]
    for order in itertools.permutations("123"):
        member = await shop.member()
        purchase = await bought(shop, member, "99.99", lines=tuple(basket))
        left = [(await balance(shop, member))[0]]
        for line_id in order:
            await returned(shop, purchase, lines((line_id, "1")))
            left.append((await balance(shop, member))[0])
        assert left[-1] == 0 and left == sorted(left, reverse=True)
    await sound(shop)


@pytest.mark.asyncio
async def test_r19_a_rule_that_doubled_since_and_a_tier_that_changed_since_change_nothing(shop: Shop):
    member = await shop.member()
    purchase = await bought(shop, member, "100.00")
    await bought(shop, member, "1200.00")  # forager by now
    earned = await balance(shop, member)
    await shop.apply(DEMO.replace("    earn: 1\n", "    earn: 2\n"))

    await returned(shop, purchase, money("50.00"))
    await returned(shop, purchase, money("50.00"))

    assert await balance(shop, member) == (earned[0] - 150, 0)
    await sound(shop)


@pytest.mark.asyncio
async def test_r21_r22_what_is_spent_already_becomes_debt_in_a_line_of_its_own_and_new_points_repay_it_first(shop: Shop):
    member = await shop.member()
    purchase = await bought(shop, member, "70.00", partner="fuel")  # 70 points
    assert isinstance(await redeem(shop.desk("fuel"), a_redemption(await shop.lookup(member), "20")), Posted)

    reversal = await returned(shop, purchase, partner="fuel")

    amounts = await shop.database.pool.fetch(
        "SELECT amount FROM transfer WHERE transaction_id = $1 AND unit = 'points' ORDER BY line", reversal.transaction_id
    )
    assert [row["amount"] for row in amounts] == [50, 20]
    assert await balance(shop, member) == (-20, 20)
    assert not isinstance(await redeem(shop.desk("fuel"), a_redemption(await shop.lookup(member), "1")), Posted)
    await bought(shop, member, "30.00", partner="fuel")
    assert await balance(shop, member) == (10, 0)
    await sound(shop)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("policy", "left", "written_off"), [("clamp", (0, 0), 20), ("only_pending", (50, 0), 70), ("within_balance", (50, 0), None)]
)
async def test_r21_the_programs_policy_says_what_happens_to_points_that_are_gone(
    shop: Shop, policy: str, left: tuple[int, int], written_off: int | None
):
    await shop.apply(DEMO.replace("    worth: 0.01\n", f"    worth: 0.01\n    clawback: {policy}\n"))
    member = await shop.member()
    purchase = await bought(shop, member, "70.00", partner="fuel")
    await redeem(shop.desk("fuel"), a_redemption(await shop.lookup(member), "20"))

    outcome = await reverse_transaction(shop.desk("fuel"), a_reversal(purchase))

    if written_off is None:
        assert isinstance(outcome, Rejected) and outcome.code == "INSUFFICIENT_BALANCE"
    else:
        entry = "SELECT sum(amount) FROM transfer JOIN account ON account_id = debit WHERE kind = 'written_off'"
        assert await shop.database.pool.fetchval(entry) == written_off
    assert await balance(shop, member) == left
    await sound(shop)


@pytest.mark.asyncio
async def test_r21_pending_cashback_of_that_purchase_is_cancelled_first(shop: Shop):
    member = await shop.member()
    purchase = await bought(shop, member, "50.00", partner="fuel", lines=(a_line(1, "50.00", "FUEL"),))
    assert await balance(shop, member, "cashback") == (100, 0)

    await returned(shop, purchase, money("25.00"), partner="fuel")

    row = await shop.database.pool.fetchrow("SELECT pending, clawed FROM lot WHERE unit = 'cashback'")
    assert (row["pending"], row["clawed"]) == (50, 50)
    await sound(shop)


@pytest.mark.asyncio
async def test_r23_points_of_a_reversed_redemption_return_to_their_lots_partly_and_repeatedly(shop: Shop):
    member = await shop.member()
    for _ in range(2):
        await bought(shop, member, "30.00", partner="fuel")
        shop.clock.now += timedelta(days=40)
    burned = await redeem(shop.desk("fuel"), a_redemption(await shop.lookup(member), "50"))
    assert isinstance(burned, Posted)

    await returned(shop, burned.recorded, ByQuantity(Decimal(15)), partner="fuel")
    first = await shop.database.pool.fetch(
        "SELECT open, burned FROM lot WHERE member_id = $1 AND unit = 'points' ORDER BY earned_at", member
    )
    await returned(shop, burned.recorded, ByQuantity(Decimal(35)), partner="fuel")

    assert [tuple(row) for row in first] == [(0, 30), (25, 5)]  # as if less had been redeemed
    second = await shop.database.pool.fetch(
        "SELECT open, burned FROM lot WHERE member_id = $1 AND unit = 'points' ORDER BY earned_at", member
    )
    assert [tuple(row) for row in second] == [(30, 0), (30, 0)]
    more = await reverse_transaction(shop.desk("fuel"), a_reversal(burned.recorded, ByQuantity(Decimal(1))))
    assert isinstance(more, Rejected) and more.code == "NOTHING_LEFT_TO_REVERSE"
    await sound(shop)


@pytest.mark.asyncio
@pytest.mark.parametrize(("policy", "left"), [("expire", 0), ("{grace_days: 10}", 40)])
async def test_r23_a_lot_that_expired_meanwhile_follows_the_programs_policy(shop: Shop, policy: str, left: int):
    await shop.apply(DEMO.replace("    worth: 0.01\n", f"    worth: 0.01\n    returned_to_expired: {policy}\n"))
    member = await shop.member()
    await bought(shop, member, "40.00", partner="fuel")
    burned = await redeem(shop.desk("fuel"), a_redemption(await shop.lookup(member), "40"))
    assert isinstance(burned, Posted)
    shop.clock.now += timedelta(days=800)

    await returned(shop, burned.recorded, partner="fuel")

    assert await balance(shop, member) == (left, 0)
    books = await read_books(shop.database.pool, shop.applied.program_id, member, Reads(lots=True), shop.clock())
    assert books is not None and books.available("points", shop.clock()) == left
    assert books.available("points", shop.clock() + timedelta(days=12)) == 0
    await sound(shop)


@pytest.mark.asyncio
async def test_r27_points_that_expired_are_not_lost_a_second_time_when_their_purchase_is_returned(shop: Shop):
    member = await shop.member()
    purchase = await bought(shop, member, "40.00", partner="fuel")
    shop.clock.now += timedelta(days=800)
    await bought(shop, member, "10.00", partner="fuel")  # the first lot has expired by now

    await returned(shop, purchase, partner="fuel")

    assert await balance(shop, member) == (10, 0)
    await sound(shop)


@pytest.mark.asyncio
async def test_r25_a_return_frees_the_cap_and_lowers_tier_progress(shop: Shop):
    await shop.apply(DEMO.replace("at_most: 5000, per: day", "at_most: 50, per: day"))
    member = await shop.member()
    first = await bought(shop, member, "80.00", partner="fuel")
    assert await balance(shop, member) == (50, 0)

    await returned(shop, first, partner="fuel")
    await bought(shop, member, "30.00", partner="fuel")

    assert await balance(shop, member) == (30, 0)
    spent = await shop.database.pool.fetchval("SELECT sum(value) FROM counter WHERE name = 'qualifying/spend' AND member_id = $1", member)
    assert spent == 3000
    await sound(shop)


@pytest.mark.asyncio
@pytest.mark.parametrize(("on_return", "tier"), [("at_review", "forager"), ("immediate", "fledgling"), ("if_caused", "fledgling")])
async def test_r25_the_tier_that_the_purchase_brought_about_goes_as_the_program_says(shop: Shop, on_return: str, tier: str):
    await shop.apply(DEMO.replace("  levels:\n    fledgling", f"  on_return: {on_return}\n  levels:\n    fledgling"))
    member = await shop.member()
    purchase = await bought(shop, member, "1200.00")
    held = "SELECT tier FROM standing WHERE member_id = $1"
    assert await shop.database.pool.fetchval(held, member) == "forager"

    await returned(shop, purchase)

    assert await shop.database.pool.fetchval(held, member) == tier
    await sound(shop)


@pytest.mark.asyncio
async def test_bad_returns_are_refused_with_their_place_and_leave_the_books_alone(shop: Shop):
    member = await shop.member()
    purchase = await bought(shop, member, "20.00", lines=(a_line(1, "12.00"), a_line(2, "8.00")))
    reversal = await returned(shop, purchase, money("5.00"))
    before = await balance(shop, member)
    left = {"at_most": 1500, "counted": "money"}
    asks = [
        (a_reversal(purchase, money("15.01")), "ABOVE_WHAT_IS_LEFT", ("what", "amount", "amount"), left),
        (
            a_reversal(purchase, lines(("1", "2"))),
            "ABOVE_WHAT_IS_LEFT",
            ("what", "lines", "0", "quantity"),
            {"at_most": "1", "counted": "pieces"},
        ),
        (a_reversal(purchase, lines(("1", "1"), ("2", "1"))), "ABOVE_WHAT_IS_LEFT", ("what", "lines"), left),
        (a_reversal(purchase, lines(("9", "1"))), "NOT_FOUND", ("what", "lines", "0", "lineId")),
        (a_reversal(purchase, money("0")), "ZERO_QUANTITY", ("what", "amount", "amount")),
        (a_reversal(purchase, money("-1")), "NEGATIVE_AMOUNT", ("what", "amount", "amount")),
        (a_reversal(purchase, money("1.001")), "TOO_MANY_DECIMALS", ("what", "amount", "amount")),
        (a_reversal(purchase, ByAmount(Decimal(1), "EUR")), "UNKNOWN_CURRENCY", ("what", "amount", "currency")),
        (a_reversal(purchase, ByQuantity(Decimal(1))), "INVALID_VALUE", ("what", "quantity")),
        (a_reversal(reversal), "NOT_REVERSIBLE", ("transaction",)),
        (a_reversal(purchase, transaction=ByReference("nothing")), "NOT_FOUND", ("transaction",)),
        (a_reversal(purchase, location="nowhere"), "UNKNOWN_LOCATION", ("location",)),
        (a_reversal(purchase, occurred_at=NOON + timedelta(days=9)), "IN_THE_FUTURE", ("occurredAt",)),
        (a_reversal(purchase, occurred_at=NOON - timedelta(days=5)), "IN_THE_PAST", ("occurredAt",)),
    ]
    for ask, code, path, *facts in asks:
        outcome = await reverse_transaction(shop.desk(), ask)
        assert isinstance(outcome, Rejected) and (outcome.code, outcome.path) == (code, path), (ask.what, outcome)
        assert not facts or outcome.facts == facts[0]
    assert await balance(shop, member) == before
    await returned(shop, purchase)
    nothing = await reverse_transaction(shop.desk(), a_reversal(purchase))
    assert isinstance(nothing, Rejected) and nothing.code == "NOTHING_LEFT_TO_REVERSE"
    await sound(shop)


@pytest.mark.asyncio
async def test_r39_another_partners_purchase_is_not_found(shop: Shop):
    purchase = await bought(shop, await shop.member(), "20.00")

    for lookup in (ById(purchase.member_id, purchase.transaction_id), ByReference(purchase.reference or "")):
        outcome = await reverse_transaction(shop.desk("fuel"), a_reversal(purchase, transaction=lookup))
        assert isinstance(outcome, Rejected) and (outcome.code, outcome.path) == ("NOT_FOUND", ("transaction",))


@pytest.mark.asyncio
async def test_r1_r2_a_return_is_posted_once_for_its_key_and_once_for_its_reference(shop: Shop):
    member = await shop.member()
    purchase = await bought(shop, member, "20.00")
    ask = a_reversal(purchase, money("5.00"), transaction=ByReference(purchase.reference or ""))
    first = await reverse_transaction(shop.desk(), ask)
    assert isinstance(first, Reversed) and not first.replayed

    again = await reverse_transaction(shop.desk(), ask)
    conflict = await reverse_transaction(shop.desk(), replace(ask, what=money("6.00")))
    taken = await reverse_transaction(shop.desk(), replace(ask, idempotency_key="another"))

    assert isinstance(again, Reversed) and again.replayed and again.reversal == first.reversal
    assert isinstance(conflict, IdempotencyConflict)
    assert isinstance(taken, DuplicateReference) and taken.recorded.transaction_id == first.reversal.transaction_id
    assert await balance(shop, member) == (15, 0)
    await sound(shop)


@pytest.mark.asyncio
async def test_a_return_before_its_purchase_may_come_again_under_its_key(shop: Shop):
    member = await shop.member()
    request = a_purchase(await shop.lookup(member), "20.00")
    ask = ReverseRequest("return-1", ByReference(request.reference), "r-1", Whole())
    early = await reverse_transaction(shop.desk(), ask)
    assert isinstance(early, Rejected) and early.code == "NOT_FOUND"
    await post_transaction(shop.desk(), request)

    outcome = await reverse_transaction(shop.desk(), ask)

    assert isinstance(outcome, Reversed)
    assert await balance(shop, member) == (0, 0)


@pytest.mark.asyncio
async def test_r41_what_a_closed_member_bought_may_come_back_and_leaves_no_points_and_no_debt(shop: Shop):
    member = await shop.member()
    purchase = await bought(shop, member, "70.00", partner="fuel")
    burned = await redeem(shop.desk("fuel"), a_redemption(await shop.lookup(member), "20"))
    assert isinstance(burned, Posted)
    caller = Caller(Audience.MEMBER, shop.applied.program_id, str(member))
    policy = LookupPolicy(shop.applied.program_id, None, HANDLE_KEY)
    call = Call(shop.database, shop.till, shop.applied, caller, policy, CLAIMS, shop.clock())
    assert isinstance(await close_account(call, CloseAccount("close-it")), Posted)

    await returned(shop, burned.recorded, ByQuantity(Decimal(5)), partner="fuel")
    await returned(shop, purchase, partner="fuel")

    assert await balance(shop, member) == (0, 0)
    bearers = await shop.database.pool.fetch(
        "SELECT kind, sum(CASE WHEN account_id = credit THEN amount ELSE -amount END)::int AS amount FROM transfer"
        " JOIN account ON account_id IN (debit, credit) WHERE kind IN ('forfeited', 'written_off') AND transfer.unit = 'points' GROUP BY kind"
    )
    assert {row["kind"]: row["amount"] for row in bearers} == {"forfeited": 50 + 5, "written_off": -70}
    await sound(shop)
