"""Ways around limits and staff rules that somebody at a till may try: each ends in the review queue, or earns nothing (R52)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from builders.people import balances, call_of
from builders.shop import DEMO, NOW, Shop, a_line, a_purchase
from honeyguide.coalition.directory import Partners
from honeyguide.coalition.freezes import FreezeKind
from honeyguide.members.mark_staff import MarkStaff, StaffMarked, mark_staff
from honeyguide.till.outcomes import Posted
from honeyguide.transactions.claim_transaction import ClaimOutcome, ClaimRequest, claim_transaction
from honeyguide.transactions.outcomes import AnonymousPosted, Parked, PostOutcome, Rejected
from honeyguide.transactions.post_transaction import post_transaction
from honeyguide.transactions.watch import Watch


def limited(earn: str) -> str:
    return DEMO.replace("limits:\n", f"limits:\n  earn: {earn}\n", 1)


def with_staff(rule: str) -> str:
    return DEMO.replace("staff: {earn: yes, burn_at_own: yes}", f"staff: {rule}", 1)


def swap(amount: str) -> dict[str, Any]:
    """So much is bought and as much comes back: nothing is paid."""
    back = replace(a_line(2, f"-{amount}"), quantity=Decimal(-1))
    return {"lines": (a_line(1, amount), back)}


def reason(outcome: PostOutcome) -> str | None:
    assert isinstance(outcome, Posted | Parked | AnonymousPosted), outcome
    return outcome.reason if isinstance(outcome, Parked) else None


@pytest.mark.parametrize("earn", ["{per_post: {amount: 40.00}}", "{per_day: {cashier: {amount: 40.00}}}"])
async def test_what_comes_back_on_a_receipt_makes_what_is_bought_on_it_no_smaller(shop: Shop, earn: str) -> None:
    await shop.apply(limited(earn))
    anna, desk = await shop.lookup(await shop.member()), replace(shop.desk(), watch=Watch())

    swapped = await post_transaction(desk, a_purchase(anna, "0.00", cashier="eve", **swap("45.00")))

    assert reason(swapped) in ("POST_LIMIT", "CASHIER_DAY_LIMIT")


async def test_staff_stay_staff_where_the_till_names_no_shop_or_no_cashier(shop: Shop) -> None:
    await shop.apply(with_staff("{earn: park}"))
    anna, bob = [await shop.lookup(await shop.member()) for _ in range(2)]
    grocer = shop.partners["grocer"].partner_id
    for member, where in ((anna, {"location": "main"}), (bob, {"cashier": "bob"})):
        assert isinstance(await mark_staff(call_of(shop), MarkStaff(f"key-{uuid4()}", grocer, member, **where)), StaffMarked)
    no_shop = await post_transaction(shop.desk(), a_purchase(anna))
    await shop.apply(with_staff("{earn: yes}"))

    told = [
        reason(await post_transaction(shop.desk(), a_purchase(bob, **more)))
        for more in ({"cashier": "bob"}, {"cashier": " Bob "}, {}, {"cashier": "eve"})
    ]

    assert reason(no_shop) == "STAFF"
    assert told == ["STAFF_OWN_TILL", "STAFF_OWN_TILL", "STAFF_OWN_TILL", None]


async def claimed(shop: Shop, member: UUID, token: str, watch: Watch | None = None) -> ClaimOutcome:
    request = ClaimRequest(f"key-{uuid4()}", token)
    return await claim_transaction(call_of(shop, member), shop.programs, Partners(shop.database), request, watch or Watch())


async def receipt(shop: Shop, **more: Any) -> str:
    posted = await post_transaction(shop.desk(), a_purchase(None, "60.00", **more))
    assert isinstance(posted, AnonymousPosted)
    return posted.claim_token


@pytest.mark.parametrize(("rule", "points"), [("{earn: no}", {}), ("{earn: park}", None), ("{earn: yes}", None)])
async def test_staff_do_not_claim_receipts_of_their_own_till_that_customers_left(
    shop: Shop, rule: str, points: dict[str, int] | None
) -> None:
    await shop.apply(with_staff(rule))
    member = await shop.member()
    marked = MarkStaff(f"key-{uuid4()}", shop.partners["grocer"].partner_id, await shop.lookup(member), cashier="anna")
    await mark_staff(call_of(shop), marked)

    own = await claimed(shop, member, await receipt(shop, cashier="anna"))
    others = await claimed(shop, member, await receipt(shop, cashier="bob"))

    assert own == Rejected("NOT_ALLOWED", ("token",))
    if rule == "{earn: park}":
        assert others == Rejected("NOT_ALLOWED", ("token",))
    else:
        assert isinstance(others, Posted)
    assert await balances(shop, member) == ({"points": 85} if rule == "{earn: yes}" else {})


async def test_receipts_of_a_till_that_is_frozen_are_not_claimed_until_the_freeze_ends(shop: Shop) -> None:
    member, token, watch = await shop.member(), await receipt(shop, cashier="eve"), Watch()
    partner = str(shop.partners["grocer"].partner_id)
    watch.freezes.heard([orjson.dumps([str(shop.applied.program_id), partner, FreezeKind.CASHIER.value, None, "eve", None]).decode()])

    frozen = await claimed(shop, member, token, watch)
    ended = await claimed(shop, member, token)

    assert frozen == Rejected("TILL_FROZEN", ("token",))
    assert isinstance(ended, Posted)


async def test_who_claims_many_receipts_meets_the_pace_of_members(shop: Shop) -> None:
    await shop.apply(limited("{velocity: [{by: member, posts: 2, minutes: 60}]}"))
    member, watch = await shop.member(), Watch()
    tokens = [await receipt(shop) for _ in range(3)]

    told = [await claimed(shop, member, token, watch) for token in tokens]
    shop.clock.now = NOW + timedelta(hours=3)
    later = await claimed(shop, member, tokens[2], watch)

    assert [isinstance(one, Posted) for one in told] == [True, True, False]
    assert told[2] == Rejected("LIMIT_EXCEEDED", ("token",))
    assert isinstance(later, Posted)
