"""Voiding: a hold is given back, and it is as if it had never been."""

from __future__ import annotations

from builders.shop import Shop, a_purchase, a_redemption, a_void, an_authorization
from honeyguide.till.outcomes import Posted
from honeyguide.transactions.authorize_redemption import authorize_redemption
from honeyguide.transactions.outcomes import Rejected
from honeyguide.transactions.post_transaction import post_transaction
from honeyguide.transactions.redeem import redeem
from honeyguide.transactions.void_redemption import void_redemption


async def test_r14_a_void_restores_what_was_available_and_the_days_limit(shop: Shop):
    lookup = await shop.lookup(await shop.member())
    await post_transaction(shop.desk("fuel"), a_purchase(lookup, "600.00"))
    authorized = await authorize_redemption(shop.desk(), an_authorization(lookup, "500"))

    voided = await void_redemption(shop.desk(), a_void(authorized))
    redeemed = await redeem(shop.desk(), a_redemption(lookup, "500"))

    assert isinstance(voided, Posted) and isinstance(redeemed, Posted)
    assert voided.recorded.detail["after"]["accounts"]["points"]["available"] == 600


async def test_r1_a_void_sent_again_is_the_first_answer(shop: Shop):
    lookup = await shop.lookup(await shop.member())
    await post_transaction(shop.desk("fuel"), a_purchase(lookup, "60.00"))
    request = a_void(await authorize_redemption(shop.desk(), an_authorization(lookup, "50")))

    first = await void_redemption(shop.desk(), request)
    again = await void_redemption(shop.desk(), request)

    assert isinstance(first, Posted)
    assert again == Posted(first.recorded, replayed=True)


async def test_r14_a_hold_whose_time_is_over_has_nothing_to_void(shop: Shop):
    lookup = await shop.lookup(await shop.member())
    await post_transaction(shop.desk("fuel"), a_purchase(lookup, "60.00"))
    authorized = await authorize_redemption(shop.desk(), an_authorization(lookup, "50", ttl_seconds=1))
    shop.clock.move(seconds=1)

    assert await void_redemption(shop.desk(), a_void(authorized)) == Rejected("HOLD_NOT_OPEN", ("holdId",))
