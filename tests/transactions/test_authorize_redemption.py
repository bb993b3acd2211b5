"""Authorising: points are pinned for a shop, under the checks of a redemption, and lapse by themselves."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from builders.shop import NOW, Shop, a_capture, a_purchase, a_redemption, an_authorization
from honeyguide.till.outcomes import Posted
from honeyguide.transactions.authorize_redemption import authorize_redemption
from honeyguide.transactions.capture_redemption import capture_redemption
from honeyguide.transactions.outcomes import DuplicateReference, IdempotencyConflict, InsufficientBalance, ProofRequired, Rejected
from honeyguide.transactions.post_transaction import post_transaction
from honeyguide.transactions.quote import Quoted, quote
from honeyguide.transactions.redeem import redeem
from honeyguide.transactions.requests import QuoteRequest
from honeyguide.transactions.sweep_due import sweep_due


async def somebody(shop: Shop, points: str = "100"):
    """A member with so many points, earned at the pump, a dollar each; and how a till names them."""
    member = await shop.member()
    lookup = await shop.lookup(member)
    await post_transaction(shop.desk("fuel"), a_purchase(lookup, f"{points}.00"))
    return member, lookup


async def redeemable(shop: Shop, lookup) -> tuple[int, int]:
    """What is available, and what of it by number."""
    quoted = await quote(shop.desk(), QuoteRequest(lookup, Decimal(1), "USD"))
    assert isinstance(quoted, Quoted)
    return quoted.redeemable["points"].available, quoted.redeemable["points"].redeemable


async def test_r14_a_hold_lowers_what_is_available_and_leaves_what_is_posted(shop: Shop):
    member, lookup = await somebody(shop)

    authorized = await authorize_redemption(shop.desk(), an_authorization(lookup, "80"))

    assert isinstance(authorized, Posted)
    assert authorized.recorded.detail["after"]["accounts"]["points"]["available"] == 20
    row = await shop.database.pool.fetchrow("SELECT posted, held FROM account WHERE member_id = $1 AND unit = 'points'", member)
    assert (row["posted"], row["held"]) == (100, 80)
    assert (
        await shop.database.pool.fetchval("SELECT count(*) FROM transfer WHERE transaction_id = $1", authorized.recorded.transaction_id)
        == 0
    )
    assert await redeem(shop.desk(), a_redemption(lookup, "21")) == InsufficientBalance("points", 21, 20)


async def test_r14_a_hold_whose_time_is_over_binds_nobody_though_no_sweep_came(shop: Shop):
    _, lookup = await somebody(shop)
    authorized = await authorize_redemption(shop.desk(), an_authorization(lookup, "80", ttl_seconds=600))
    held = await redeemable(shop, lookup)

    shop.clock.move(minutes=10)

    assert (held, await redeemable(shop, lookup)) == ((20, 20), (100, 100))
    assert isinstance(await redeem(shop.desk(), a_redemption(lookup, "100")), Posted)
    late = await capture_redemption(shop.desk(), a_capture(authorized))
    assert late == Rejected("HOLD_NOT_OPEN", ("holdId",))


async def test_r14_the_sweep_posts_a_lapse_once(shop: Shop):
    member, lookup = await somebody(shop)
    authorized = await authorize_redemption(shop.desk(), an_authorization(lookup, "80", ttl_seconds=600))
    shop.clock.move(minutes=11)

    swept = [await sweep_due(shop.till, shop.database, shop.applied, shop.clock()) for _ in range(2)]

    assert swept == [1, 0]
    assert isinstance(authorized, Posted)
    state = await shop.database.pool.fetchval("SELECT state FROM hold WHERE hold_id = $1", authorized.recorded.transaction_id)
    kinds = await shop.database.pool.fetch("SELECT kind FROM transaction WHERE member_id = $1 ORDER BY version", member)
    assert (state, [row["kind"] for row in kinds]) == ("LAPSED", ["ENROLMENT", "PURCHASE", "AUTHORIZATION", "LAPSE"])


async def test_r15_of_fifty_authorisations_at_once_of_eighty_against_a_hundred_exactly_one_wins(shop: Shop):
    _, lookup = await somebody(shop)

    answers = await asyncio.gather(*(authorize_redemption(shop.desk(), an_authorization(lookup, "80")) for _ in range(50)))

    assert sum(isinstance(answer, Posted) for answer in answers) == 1
    assert [answer for answer in answers if not isinstance(answer, Posted)] == [InsufficientBalance("points", 80, 20)] * 49


async def test_r15_of_fifty_redemptions_and_authorisations_at_once_exactly_one_wins(shop: Shop):
    _, lookup = await somebody(shop)

    answers = await asyncio.gather(
        *(redeem(shop.desk(), a_redemption(lookup, "80")) for _ in range(25)),
        *(authorize_redemption(shop.desk("fuel"), an_authorization(lookup, "80")) for _ in range(25)),
    )

    assert sum(isinstance(answer, Posted) for answer in answers) == 1
    assert sum(isinstance(answer, InsufficientBalance) for answer in answers) == 49


async def test_r16_a_hold_pins_what_expires_first(shop: Shop):
    member, lookup = await somebody(shop, "50")
    await post_transaction(shop.desk("fuel"), a_purchase(lookup, "30.00", occurred_at=NOW - timedelta(days=40)))

    authorized = await authorize_redemption(shop.desk(), an_authorization(lookup, "45"))

    assert isinstance(authorized, Posted)
    held = await shop.database.pool.fetch("SELECT held FROM lot WHERE member_id = $1 AND unit = 'points' ORDER BY expires_at", member)
    assert [row["held"] for row in held] == [30, 15]
    assert authorized.recorded.detail["because"][0]["inputs"] == {"kind": "hold", "lots": 2}


async def test_r51_what_a_hold_takes_of_a_days_limit_by_number_counts_at_once_and_comes_back_when_it_lapses(shop: Shop):
    _, lookup = await somebody(shop, "900")
    first = await authorize_redemption(shop.desk(), an_authorization(lookup, "400", ttl_seconds=60))

    above = await authorize_redemption(shop.desk(), an_authorization(lookup, "101"))
    shop.clock.move(seconds=60)
    before_any_sweep = await redeemable(shop, lookup)
    all_again = await authorize_redemption(shop.desk(), an_authorization(lookup, "500"))
    burned = await redeem(shop.desk(), a_redemption(lookup, "1"))

    assert isinstance(first, Posted) and isinstance(all_again, Posted)
    assert above == burned == ProofRequired(("PRESENT", "APPROVED"))
    assert before_any_sweep == (900, 500)


async def test_r2_a_reference_serves_a_redemption_or_an_authorisation_not_both(shop: Shop):
    _, lookup = await somebody(shop)
    authorized = await authorize_redemption(shop.desk(), an_authorization(lookup, "10", reference="receipt-1"))

    redeemed = await redeem(shop.desk(), a_redemption(lookup, "10", reference="receipt-1"))
    again = await authorize_redemption(shop.desk(), an_authorization(lookup, "10", reference="receipt-1"))

    assert isinstance(authorized, Posted)
    assert redeemed == again == DuplicateReference(authorized.recorded)


async def test_r1_an_authorisation_sent_again_is_the_first_answer_though_its_hold_lapsed(shop: Shop):
    _, lookup = await somebody(shop)
    request = an_authorization(lookup, "10", ttl_seconds=60)

    first = await authorize_redemption(shop.desk(), request)
    shop.clock.move(minutes=5)
    again = await authorize_redemption(shop.desk(), request)
    other = await authorize_redemption(shop.desk(), replace(request, ttl_seconds=61))

    assert isinstance(first, Posted)
    assert again == Posted(first.recorded, replayed=True)
    assert other == IdempotencyConflict()
    assert datetime.fromisoformat(first.recorded.detail["expires_at"]) == NOW + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"quantity": Decimal(0)}, "ZERO_QUANTITY", ("quantity",)),
        ({"quantity": Decimal(-5)}, "NEGATIVE_AMOUNT", ("quantity",)),
        ({"quantity": Decimal("1.5")}, "TOO_MANY_DECIMALS", ("quantity",)),
        ({"unit": "miles"}, "UNKNOWN_UNIT", ("unit",)),
        ({"location": "nowhere"}, "UNKNOWN_LOCATION", ("location",)),
        ({"ttl_seconds": 0}, "INVALID_VALUE", ("ttlSeconds",)),
        ({"ttl_seconds": 86_401}, "INVALID_VALUE", ("ttlSeconds",)),
    ],
)
async def test_r18_an_authorisation_that_makes_no_sense_is_refused_by_its_field(shop: Shop, changes, code, path):
    _, lookup = await somebody(shop)

    refused = await authorize_redemption(shop.desk(), replace(an_authorization(lookup, "5"), **changes))

    assert isinstance(refused, Rejected) and (refused.code, refused.path) == (code, path)


async def test_r11_pending_points_cannot_be_authorised(shop: Shop):
    _, lookup = await somebody(shop)  # and 50 cents of cashback, pending

    refused = await authorize_redemption(shop.desk(), an_authorization(lookup, "0.10", "cashback"))

    assert refused == InsufficientBalance("cashback", 10, 0)
