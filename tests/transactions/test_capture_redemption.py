"""Capturing: all or a part of a hold burns, once, and what is left goes back where it was."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from builders.shop import NOW, Shop, a_capture, a_purchase, a_redemption, a_void, an_authorization
from honeyguide.till.outcomes import Posted
from honeyguide.transactions.authorize_redemption import authorize_redemption
from honeyguide.transactions.capture_redemption import capture_redemption
from honeyguide.transactions.outcomes import IdempotencyConflict, ProofRequired, Rejected
from honeyguide.transactions.partner_posts import post_by_reference
from honeyguide.transactions.post_transaction import post_transaction
from honeyguide.transactions.redeem import redeem
from honeyguide.transactions.sweep_due import sweep_due
from honeyguide.transactions.void_redemption import void_redemption

NOT_OPEN = Rejected("HOLD_NOT_OPEN", ("holdId",))


async def a_hold(shop: Shop, quantity: str = "80", points: str = "100", **changes):
    """A member with points, a dollar each, and a hold on some of them."""
    member = await shop.member()
    lookup = await shop.lookup(member)
    await post_transaction(shop.desk("fuel"), a_purchase(lookup, f"{points}.00"))
    authorized = await authorize_redemption(shop.desk(), an_authorization(lookup, quantity, **changes))
    assert isinstance(authorized, Posted)
    return member, lookup, authorized


async def lots(shop: Shop, member) -> list[tuple[int, int, int, int]]:
    rows = await shop.database.pool.fetch(
        "SELECT open, held, burned, expired FROM lot WHERE member_id = $1 AND unit = 'points' ORDER BY expires_at", member
    )
    return [tuple(row) for row in rows]


async def test_r14_a_capture_burns_what_was_held_and_the_acceptor_is_owed_it(shop: Shop):
    member, _, authorized = await a_hold(shop)

    captured = await capture_redemption(shop.desk(), a_capture(authorized))

    assert isinstance(captured, Posted)
    assert await lots(shop, member) == [(20, 0, 80, 0)]
    owed = await shop.database.pool.fetchval(
        "SELECT sum(t.amount) FROM transfer t JOIN account a ON a.account_id = t.credit WHERE a.kind = 'redeemed' AND a.owner = $1",
        shop.partners["grocer"].partner_id,
    )
    assert owed == 80


async def test_r14_what_is_not_captured_returns_to_the_lots_it_came_from(shop: Shop):
    member = await shop.member()
    lookup = await shop.lookup(member)
    await post_transaction(shop.desk("fuel"), a_purchase(lookup, "30.00", occurred_at=NOW - timedelta(days=40)))
    await post_transaction(shop.desk("fuel"), a_purchase(lookup, "50.00"))
    authorized = await authorize_redemption(shop.desk(), an_authorization(lookup, "70"))

    captured = await capture_redemption(shop.desk(), a_capture(authorized, "40"))

    assert isinstance(captured, Posted)
    assert await lots(shop, member) == [(0, 0, 30, 0), (40, 0, 10, 0)]
    detail = captured.recorded.detail
    assert (detail["quantity"], detail["authorized"], detail["after"]["accounts"]["points"]["available"]) == (40, 70, 40)
    assert detail["because"][0]["inputs"] == {"kind": "redemption", "lots": 2}


async def test_r14_a_capture_is_final_and_so_is_a_void(shop: Shop):
    _, lookup, authorized = await a_hold(shop)
    await capture_redemption(shop.desk(), a_capture(authorized, "10"))
    voided = await authorize_redemption(shop.desk(), an_authorization(lookup, "5"))
    await void_redemption(shop.desk(), a_void(voided))

    answers = [
        await capture_redemption(shop.desk(), a_capture(authorized, "10")),
        await void_redemption(shop.desk(), a_void(authorized)),
        await capture_redemption(shop.desk(), a_capture(voided)),
        await void_redemption(shop.desk(), a_void(voided)),
    ]

    assert answers == [NOT_OPEN] * 4


async def test_r14_of_many_captures_and_voids_at_once_one_settles_the_hold(shop: Shop):
    _, _, authorized = await a_hold(shop)

    answers = await asyncio.gather(
        *(capture_redemption(shop.desk(), a_capture(authorized)) for _ in range(10)),
        *(void_redemption(shop.desk(), a_void(authorized)) for _ in range(10)),
    )

    assert sum(isinstance(answer, Posted) for answer in answers) == 1
    assert sum(answer == NOT_OPEN for answer in answers) == 19


async def test_r1_a_capture_sent_again_is_the_first_answer_and_another_under_its_key_a_conflict(shop: Shop):
    _, _, authorized = await a_hold(shop)
    request = a_capture(authorized, "30")

    first = await capture_redemption(shop.desk(), request)
    again = await capture_redemption(shop.desk(), replace(request, quantity=Decimal("30.0")))
    other = await capture_redemption(shop.desk(), replace(request, quantity=Decimal(31)))

    assert isinstance(first, Posted)
    assert again == Posted(first.recorded, replayed=True)
    assert other == IdempotencyConflict()


async def test_r18_more_than_was_held_is_refused_and_refused_again_under_its_key(shop: Shop):
    _, _, authorized = await a_hold(shop)
    request = a_capture(authorized, "81")

    first = await capture_redemption(shop.desk(), request)
    captured = await capture_redemption(shop.desk(), a_capture(authorized))
    again = await capture_redemption(shop.desk(), request)

    assert isinstance(captured, Posted)
    assert first == again == Rejected("ABOVE_HOLD", ("quantity",), facts={"at_most": 80, "counted": "unit:points"})


@pytest.mark.parametrize(("quantity", "code"), [("0", "ZERO_QUANTITY"), ("-1", "NEGATIVE_AMOUNT"), ("0.5", "TOO_MANY_DECIMALS")])
async def test_r18_a_capture_that_makes_no_sense_is_refused_by_its_field_and_the_hold_stays(shop: Shop, quantity, code):
    _, _, authorized = await a_hold(shop)

    refused = await capture_redemption(shop.desk(), a_capture(authorized, quantity))
    captured = await capture_redemption(shop.desk(), a_capture(authorized))

    assert isinstance(refused, Rejected) and (refused.code, refused.path) == (code, ("quantity",))
    assert isinstance(captured, Posted)


async def test_r39_another_partners_hold_is_told_from_none_by_nothing_and_the_key_stays_free(shop: Shop):
    _, _, authorized = await a_hold(shop)
    request = a_capture(authorized)

    unknown = await capture_redemption(shop.desk(), replace(request, hold_id=uuid4()))
    foreign = await capture_redemption(shop.desk("fuel"), request)
    foreign_void = await void_redemption(shop.desk("fuel"), a_void(authorized))
    purchase = await shop.database.pool.fetchval("SELECT transaction_id FROM transaction WHERE kind = 'PURCHASE'")
    no_hold = await void_redemption(shop.desk("fuel"), replace(a_void(authorized), hold_id=purchase))
    own = await capture_redemption(shop.desk(), request)

    assert unknown == foreign == foreign_void == no_hold == Rejected("NOT_FOUND", ("holdId",))
    assert isinstance(own, Posted)


async def test_r17_a_lot_under_hold_outlives_its_date_and_can_be_captured(shop: Shop):
    member, lookup, _ = await a_hold(shop, "10", ttl_seconds=1)
    shop.clock.move(days=731.5, minutes=-10)  # ten minutes before the points expire, at the end of their day
    authorized = await authorize_redemption(shop.desk(), an_authorization(lookup, "80", ttl_seconds=3_600))
    shop.clock.move(minutes=20)

    await sweep_due(shop.till, shop.database, shop.applied, shop.clock())
    expired = await lots(shop, member)
    captured = await capture_redemption(shop.desk(), a_capture(authorized))

    assert isinstance(captured, Posted)
    assert (expired, await lots(shop, member)) == ([(0, 80, 0, 20)], [(0, 0, 80, 20)])


async def test_r17_what_is_released_after_its_date_expires_at_once(shop: Shop):
    member, lookup, _ = await a_hold(shop, "10", ttl_seconds=1)
    shop.clock.move(days=731.5, minutes=-10)
    authorized = await authorize_redemption(shop.desk(), an_authorization(lookup, "80", ttl_seconds=3_600))
    shop.clock.move(minutes=20)

    captured = await capture_redemption(shop.desk(), a_capture(authorized, "50"))

    assert isinstance(captured, Posted)
    assert await lots(shop, member) == [(0, 0, 50, 50)]
    assert captured.recorded.detail["after"]["accounts"]["points"]["available"] == 0


async def test_r51_the_part_that_is_not_captured_gives_the_days_limit_back(shop: Shop):
    _, lookup, authorized = await a_hold(shop, "500", "900")

    full = await redeem(shop.desk(), a_redemption(lookup, "1"))
    await capture_redemption(shop.desk(), a_capture(authorized, "200"))
    above = await redeem(shop.desk(), a_redemption(lookup, "301"))
    rest = await redeem(shop.desk(), a_redemption(lookup, "300"))

    assert full == above == ProofRequired(("PRESENT", "APPROVED"))
    assert isinstance(rest, Posted)


async def test_a_captured_hold_is_found_by_the_reference_of_its_authorisation_and_an_open_one_is_none_yet(shop: Shop):
    _, _, authorized = await a_hold(shop, reference="receipt-1")
    pool, grocer = shop.database.pool, shop.partners["grocer"].partner_id
    asked = (pool, shop.applied.program_id, grocer, "REDEMPTION", "receipt-1", None, None)

    before = await post_by_reference(*asked)
    captured = await capture_redemption(shop.desk(), a_capture(authorized))

    assert isinstance(captured, Posted)
    assert (before, await post_by_reference(*asked)) == (None, captured.recorded)
    assert captured.recorded.business_date == authorized.recorded.business_date
    assert captured.recorded.of_transaction == authorized.recorded.transaction_id
