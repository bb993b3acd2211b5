"""Posting purchases: what they give, and every way in which a post is refused with nothing written."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from builders.shop import DEMO, NOW, Shop, a_line, a_purchase, a_redemption
from honeyguide.ledger.books import broken_rows
from honeyguide.ledger.member_books import MemberBooks
from honeyguide.members.lookup import LookupKind, MemberLookup
from honeyguide.programs.purchase import LineKind
from honeyguide.till.outcomes import Decision, Posted
from honeyguide.transactions.outcomes import DuplicateReference, IdempotencyConflict, MemberNotFound, Parked, Rejected
from honeyguide.transactions.post_transaction import post_transaction, post_transactions
from honeyguide.transactions.purchase_intent import PurchaseIntent
from honeyguide.transactions.redeem import redeem
from honeyguide.transactions.requests import LineRequest


async def balance(shop: Shop, member, unit: str = "points") -> int:
    return await shop.database.pool.fetchval("SELECT posted FROM account WHERE member_id = $1 AND unit = $2", member, unit) or 0


async def written(shop: Shop) -> list[int]:
    tables = ("transaction", "transfer", "lot", "lot_move", "claim", "parked_post", "counter")
    return [await shop.database.pool.fetchval(f"SELECT count(*) FROM {table}") for table in tables]


async def test_a_purchase_earns_points_and_says_why(shop: Shop):
    member = await shop.member()

    posted = await post_transaction(shop.desk(), a_purchase(await shop.lookup(member), "62.40"))

    assert isinstance(posted, Posted)
    (accrual,) = posted.recorded.detail["accruals"]
    assert accrual["quantity"] == 62 + 25  # a point for each dollar, and 25 for 50 dollars in one basket
    assert {because["rule"]: because["quantity"] for because in accrual["because"]} == {"base": 62, "big-basket": 25}
    assert accrual["expires_at"].startswith("2028-11-22")
    assert await balance(shop, member) == 87
    assert await broken_rows(shop.database.pool) == []


async def test_fuel_cashback_is_pending_for_fourteen_days_and_then_available(shop: Shop):
    member = await shop.member()

    posted = await post_transaction(shop.desk("fuel"), a_purchase(await shop.lookup(member), "50.00", lines=(a_line(1, "50.00", "FUEL"),)))

    assert isinstance(posted, Posted)
    states = {accrual["unit"]: (accrual["quantity"], accrual["state"]) for accrual in posted.recorded.detail["accruals"]}
    assert states == {"points": (50, "AVAILABLE"), "cashback": (100, "PENDING")}
    assert posted.recorded.detail["after"]["accounts"]["cashback"] == {"available": 0, "pending": 100, "redeemable": 0}


async def test_a_purchase_of_zero_is_a_visit_and_earns_nothing(shop: Shop):
    member = await shop.member()

    posted = await post_transaction(shop.desk(), a_purchase(await shop.lookup(member), "0"))

    assert isinstance(posted, Posted)
    assert posted.recorded.amount_minor == 0 and posted.recorded.detail["accruals"] == []
    assert await balance(shop, member) == 0


async def test_a_purchase_that_crosses_a_threshold_lifts_the_tier_and_the_next_one_earns_more(shop: Shop):
    member = await shop.member()
    lookup = await shop.lookup(member)

    first = await post_transaction(shop.desk(), a_purchase(lookup, "1000.00"))
    shop.clock.move(seconds=1)
    second = await post_transaction(shop.desk(), a_purchase(lookup, "40.00", occurred_at=shop.clock()))

    assert isinstance(first, Posted) and isinstance(second, Posted)
    assert (first.recorded.detail["tier"], first.recorded.detail["after"]["tier"]) == ("fledgling", "forager")
    assert second.recorded.detail["tier"] == "forager"
    assert second.recorded.detail["accruals"][0]["quantity"] == 50  # 40 x 1.25


async def test_a_late_post_earns_at_the_tier_of_its_own_day(shop: Shop):
    member = await shop.member()
    lookup = await shop.lookup(member)
    await post_transaction(shop.desk(), a_purchase(lookup, "1000.00"))

    late = await post_transaction(shop.desk(), a_purchase(lookup, "40.00", occurred_at=NOW - timedelta(days=30)))

    assert isinstance(late, Posted)
    assert late.recorded.detail["tier"] == "fledgling"
    assert late.recorded.detail["accruals"][0]["quantity"] == 40


async def test_a_late_post_adds_to_what_counted_by_the_rules_of_its_day_though_the_metric_is_gone(shop: Shop):
    member = await shop.member()
    lookup = await shop.lookup(member)
    await post_transaction(shop.desk(), a_purchase(lookup, "100.00"))
    shop.clock.move(days=1)
    await shop.apply(DEMO.replace("    spend:\n", "    money:\n", 1).replace("needs: {spend:", "needs: {money:"))

    await post_transaction(shop.desk(), a_purchase(lookup, "10.00"))

    counted = await shop.database.pool.fetchval("SELECT value FROM counter WHERE member_id = $1 AND name = 'qualifying/spend'", member)
    assert counted == 110_00


async def test_a_transaction_keeps_the_version_it_was_decided_by(shop: Shop):
    member = await shop.member()
    lookup = await shop.lookup(member)
    before = await post_transaction(shop.desk(), a_purchase(lookup, "10.00"))

    await shop.apply(DEMO.replace("earn: 1\n", "earn: 2\n"))
    after = await post_transaction(shop.desk(), a_purchase(lookup, "10.00"))

    assert isinstance(before, Posted) and isinstance(after, Posted)
    assert [(one.recorded.program_version, one.recorded.detail["accruals"][0]["quantity"]) for one in (before, after)] == [(1, 10), (2, 20)]


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"currency": "EUR"}, "UNKNOWN_CURRENCY", ("amount", "currency")),
        ({"amount": Decimal("-1.00")}, "NEGATIVE_AMOUNT", ("amount", "amount")),
        ({"amount": Decimal("1.001")}, "TOO_MANY_DECIMALS", ("amount", "amount")),
        ({"amount": Decimal("1E+40")}, "LIMIT_EXCEEDED", ("amount", "amount")),
        ({"lines": (a_line(1, "19.99"),)}, "LINES_DO_NOT_ADD_UP", ("lines",)),
        ({"lines": (a_line(1, "10.00"), a_line(1, "10.00"))}, "ALREADY_EXISTS", ("lines", "1", "lineId")),
        (
            {"lines": (a_line(1, "15.00"), LineRequest("2", Decimal(1), Decimal("5.00"), kind=LineKind.DISCOUNT))},
            "INVALID_VALUE",
            ("lines", "1", "amount"),
        ),
        ({"lines": tuple(a_line(n, "0") for n in range(501))}, "LIMIT_EXCEEDED", ("lines",)),
        ({"occurred_at": NOW + timedelta(minutes=11)}, "IN_THE_FUTURE", ("occurredAt",)),
        ({"location": "nowhere"}, "UNKNOWN_LOCATION", ("location",)),
    ],
)
async def test_a_bad_purchase_is_refused_by_its_field_and_nothing_is_written(shop: Shop, changes, code, path):
    lookup = await shop.lookup(await shop.member())
    before = await written(shop)

    refused = await post_transaction(shop.desk(), replace(a_purchase(lookup), **changes))

    assert isinstance(refused, Rejected) and (refused.code, refused.path) == (code, path)
    assert await written(shop) == before


async def test_an_unknown_member_is_not_found_and_the_key_stays_free(shop: Shop):
    lookup = await shop.lookup(await shop.member())
    request = a_purchase(MemberLookup(LookupKind.EMAIL, "nobody@example.test"))

    missing = await post_transaction(shop.desk(), request)
    found = await post_transaction(shop.desk(), replace(request, member=lookup))

    assert missing == MemberNotFound()
    assert isinstance(found, Posted) and not found.replayed


async def test_ten_minutes_ahead_is_accepted_and_flagged(shop: Shop):
    lookup = await shop.lookup(await shop.member())

    posted = await post_transaction(shop.desk(), a_purchase(lookup, occurred_at=NOW + timedelta(minutes=10)))

    assert isinstance(posted, Posted) and posted.recorded.detail["flags"] == ["AHEAD_OF_CLOCK"]


async def test_the_same_request_again_gives_the_first_answer_again(shop: Shop):
    member = await shop.member()
    request = a_purchase(await shop.lookup(member), "20.00")

    first = await post_transaction(shop.desk(), request)
    await post_transaction(shop.desk(), a_purchase(await shop.lookup(member), "30.00"))
    spelled_otherwise = await post_transaction(shop.desk(), replace(request, amount=Decimal("20.0")))
    other_body = await post_transaction(shop.desk(), replace(request, amount=Decimal(21)))

    assert isinstance(first, Posted) and isinstance(spelled_otherwise, Posted)
    assert spelled_otherwise.replayed and spelled_otherwise.recorded == first.recorded
    assert other_body == IdempotencyConflict()
    assert await balance(shop, member) == 50


async def test_a_replay_tells_what_was_redeemable_then_though_the_limit_was_used_since(shop: Shop):
    lookup = await shop.lookup(await shop.member())
    request = a_purchase(lookup, "900.00")
    first = await post_transaction(shop.desk(), request)
    await redeem(shop.desk(), a_redemption(lookup, "450"))

    again = await post_transaction(shop.desk(), request)
    next_one = await post_transaction(shop.desk(), a_purchase(lookup, "1.00"))

    assert isinstance(first, Posted) and isinstance(again, Posted) and isinstance(next_one, Posted)
    assert first.recorded.detail["after"]["accounts"]["points"]["redeemable"] == 500
    assert again.replayed and again.recorded == first.recorded
    assert next_one.recorded.detail["after"]["accounts"]["points"]["redeemable"] == 50


async def test_a_receipt_under_two_keys_posts_once_whatever_the_member(shop: Shop):
    one, other = await shop.lookup(await shop.member()), await shop.lookup(await shop.member())
    first = await post_transaction(shop.desk(), a_purchase(one, reference="receipt 1"))

    again = await post_transaction(shop.desk(), a_purchase(other, reference="receipt 1"))
    other_day = await post_transaction(shop.desk(), a_purchase(other, reference="receipt 1", business_date=date(2026, 11, 21)))
    other_partner = await post_transaction(shop.desk("fuel"), a_purchase(other, reference="receipt 1"))

    assert isinstance(first, Posted)
    assert isinstance(again, DuplicateReference) and again.recorded == first.recorded
    assert isinstance(other_day, Posted) and isinstance(other_partner, Posted)


async def test_the_business_date_is_the_date_on_the_wall_of_the_shop(shop: Shop):
    lookup = await shop.lookup(await shop.member())
    early = NOW.replace(hour=3)  # still yesterday in New York

    posted = await post_transaction(shop.desk(), a_purchase(lookup, occurred_at=early, location="main"))

    assert isinstance(posted, Posted) and posted.recorded.business_date == date(2026, 11, 21)


async def test_a_purchase_older_than_the_window_is_parked_and_its_reference_answers_so_again(shop: Shop):
    member = await shop.member()
    request = a_purchase(await shop.lookup(member), occurred_at=NOW - timedelta(days=401))

    parked = await post_transaction(shop.desk(), request)
    same = await post_transaction(shop.desk(), request)
    other_key = await post_transaction(shop.desk(), replace(request, idempotency_key="another key"))
    other_body = await post_transaction(shop.desk(), replace(request, amount=Decimal(1)))

    assert parked == Parked(request.reference, "OLDER_THAN_WINDOW", replayed=False)
    assert same == other_key == Parked(request.reference, "OLDER_THAN_WINDOW", replayed=True)
    assert other_body == IdempotencyConflict()
    assert await balance(shop, member) == 0
    assert await shop.database.pool.fetchval("SELECT count(*) FROM parked_post") == 1


async def test_a_retry_after_the_window_closed_still_gives_the_first_answer(shop: Shop):
    request = a_purchase(await shop.lookup(await shop.member()))
    first = await post_transaction(shop.desk(), request)
    shop.clock.move(days=401)

    again = await post_transaction(shop.desk(), request)

    assert isinstance(first, Posted) and isinstance(again, Posted)
    assert again.replayed and again.recorded == first.recorded


async def test_a_batch_answers_in_its_order_and_a_refusal_harms_nobody(shop: Shop):
    lookups = [await shop.lookup(await shop.member()) for _ in range(3)]
    good = [a_purchase(lookups[number % 3], "5.00") for number in range(60)]
    batch = [*good[:30], replace(good[0], idempotency_key="k-bad-00001", currency="EUR"), *good[30:]]

    answers = await post_transactions(shop.desk(), batch)

    assert [isinstance(answer, Posted) for answer in answers] == [True] * 30 + [False] + [True] * 30
    assert [answer.recorded.reference for answer in answers if isinstance(answer, Posted)] == [request.reference for request in good]
    assert await broken_rows(shop.database.pool) == []


async def test_purchases_of_one_member_in_one_batch_count_toward_the_same_cap(shop: Shop):
    member = await shop.member()
    lookup = await shop.lookup(member)

    await asyncio.gather(
        *(post_transaction(shop.desk(), a_purchase(lookup, "49.00", lines=(a_line(1, "49.00", "FUEL"),))) for _ in range(120))
    )

    assert await balance(shop, member) == 5000  # the daily cap of the base rule; baskets below 50 dollars earn no step
    assert await broken_rows(shop.database.pool) == []


async def test_a_retry_whose_lookup_names_nobody_any_more_still_hears_the_first_answer(shop: Shop):
    member = await shop.member()
    request = a_purchase(await shop.lookup(member))
    burn = a_redemption(request.member, "5")
    first, burned = await post_transaction(shop.desk(), request), await redeem(shop.desk(), burn)
    await shop.database.pool.execute("UPDATE member SET status = 'CLOSED' WHERE member_id = $1", member)

    again, burned_again = await post_transaction(shop.desk(), request), await redeem(shop.desk(), burn)
    other_body = await post_transaction(shop.desk(), replace(request, amount=Decimal(21)))
    new_key = await post_transaction(shop.desk(), replace(request, idempotency_key="another-key"))

    assert isinstance(first, Posted) and isinstance(again, Posted)
    assert again.replayed and again.recorded == first.recorded
    assert isinstance(burned, Posted) and isinstance(burned_again, Posted)
    assert burned_again.replayed and burned_again.recorded == burned.recorded
    assert (other_body, new_key) == (IdempotencyConflict(), MemberNotFound())


async def test_a_bug_met_by_one_basket_costs_its_neighbours_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    lookup = await shop.lookup(await shop.member())
    good, bad = a_purchase(lookup, "5.00"), a_purchase(lookup, "66.60")
    honest = PurchaseIntent.decide

    def decide(intent: PurchaseIntent, books: MemberBooks, now: datetime) -> Decision:
        if intent.purchase.amount_minor == 6660:
            raise ZeroDivisionError
        return honest(intent, books, now)

    monkeypatch.setattr(PurchaseIntent, "decide", decide)
    answers = await post_transactions(shop.desk(), [good, bad])
    monkeypatch.undo()
    again = await post_transaction(shop.desk(), bad)

    assert isinstance(answers[0], Posted) and answers[1] == Rejected("INTERNAL")
    assert isinstance(again, Posted) and not again.replayed


async def test_what_a_cap_cut_from_a_rate_that_nobody_can_mean_is_refused(shop: Shop):
    await shop.apply(DEMO.replace("earn: 1\n", "earn: 999999999999\n", 1))
    lookup = await shop.lookup(await shop.member())

    refused = await post_transaction(shop.desk(), a_purchase(lookup, "90000000000000000.00"))

    assert isinstance(refused, Rejected) and refused.code == "LIMIT_EXCEEDED"
