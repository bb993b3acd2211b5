"""What a frozen till posts waits for review; everything else it asks is refused, and nothing of that is pinned (R52)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson

from builders.shop import DEMO, Shop, a_capture, a_purchase, a_redemption, an_authorization
from honeyguide.caller import Caller
from honeyguide.coalition.freezes import FreezeKind
from honeyguide.members.call import Call
from honeyguide.members.mark_staff import MarkStaff, mark_staff
from honeyguide.programs.purchase import Channel
from honeyguide.till.outcomes import Posted
from honeyguide.transactions.authorize_redemption import authorize_redemption
from honeyguide.transactions.capture_redemption import capture_redemption
from honeyguide.transactions.desk import Desk
from honeyguide.transactions.outcomes import LimitExceeded, Parked, PostOutcome, Rejected, Reversed
from honeyguide.transactions.post_transaction import post_transaction
from honeyguide.transactions.redeem import redeem
from honeyguide.transactions.requests import ById, ReverseRequest, VoidRequest, Whole
from honeyguide.transactions.reverse_transaction import reverse_transaction
from honeyguide.transactions.void_redemption import void_redemption
from honeyguide.transactions.watch import Watch

FROZEN = Rejected("TILL_FROZEN")


def frozen(desk: Desk, kind: FreezeKind, **named: str) -> Desk:
    """A desk in a process that has heard of this freeze."""
    watch = Watch()
    where = [named.get(name) for name in ("location", "cashier", "credential")]
    watch.freezes.heard([orjson.dumps([str(desk.program_id), str(desk.partner.partner_id), kind.value, *where]).decode()])
    return replace(desk, watch=watch)


async def reason(desk: Desk, member: Any, **more: Any) -> str | None:
    told: PostOutcome = await post_transaction(desk, a_purchase(member, **more))
    return told.reason if isinstance(told, Parked) else None


async def test_each_freeze_parks_what_it_names_and_nothing_else(shop: Shop) -> None:
    anna = await shop.lookup(await shop.member())
    desk = shop.desk()
    cashier = frozen(desk, FreezeKind.CASHIER, cashier="eve")
    location = frozen(desk, FreezeKind.LOCATION, location="main")
    credential = frozen(replace(desk, caller=replace(desk.caller, credential_id="till-1")), FreezeKind.CREDENTIAL, credential="till-1")

    told = [
        await reason(cashier, anna, cashier="eve"),
        await reason(cashier, anna, cashier="bob"),
        await reason(location, anna, location="main"),
        await reason(location, anna),  # names no shop: it may be that one
        await reason(credential, anna),
        await reason(replace(credential, caller=desk.caller), anna),
        await reason(frozen(desk, FreezeKind.PARTNER), None),
        await reason(replace(shop.desk("fuel"), watch=frozen(desk, FreezeKind.PARTNER).watch), anna),
    ]

    assert told == [
        "CASHIER_FROZEN", None, "LOCATION_FROZEN", "LOCATION_FROZEN", "CREDENTIAL_FROZEN", None, "PARTNER_FROZEN", None,
    ]  # fmt: skip


async def test_a_credential_of_one_shop_does_not_leave_it_by_naming_none(shop: Shop) -> None:
    anna = await shop.lookup(await shop.member())
    desk = shop.desk()
    bound = replace(desk, caller=Caller(desk.caller.audience, desk.program_id, desk.caller.subject, location="main"))

    assert await reason(frozen(bound, FreezeKind.LOCATION, location="main"), anna, location="main") == "LOCATION_FROZEN"


async def test_a_frozen_till_burns_captures_and_takes_back_nothing_but_may_give_back_what_it_holds(shop: Shop) -> None:
    member_id = await shop.member()
    anna = await shop.lookup(member_id)
    bought = await post_transaction(shop.desk(), a_purchase(anna, "300.00"))
    held = [await authorize_redemption(shop.desk(), an_authorization(anna, "20")) for _ in range(2)]
    assert isinstance(bought, Posted) and all(isinstance(one, Posted) for one in held)
    desk = frozen(shop.desk(), FreezeKind.PARTNER)
    burn, back = a_redemption(anna, "10"), ReverseRequest("reverse-1", ById(member_id, bought.recorded.transaction_id), "back-1", Whole())
    capture = a_capture(held[0])

    refused = [
        await redeem(desk, burn),
        await authorize_redemption(desk, an_authorization(anna, "10")),
        await capture_redemption(desk, capture),
        await reverse_transaction(desk, back),
    ]
    voided = await void_redemption(desk, VoidRequest("void-key-1", held[1].recorded.transaction_id, member_id))  # type: ignore[union-attr]
    ended = [await redeem(shop.desk(), burn), await capture_redemption(shop.desk(), capture), await reverse_transaction(shop.desk(), back)]
    frozen_again = [await redeem(desk, burn), await capture_redemption(desk, capture), await reverse_transaction(desk, back)]

    assert refused == [FROZEN] * 4
    assert isinstance(voided, Posted)
    assert [type(one) for one in ended] == [Posted, Posted, Reversed]
    assert [one.replayed for one in frozen_again] == [True] * 3  # type: ignore[union-attr]


async def test_more_redemptions_than_a_cashier_may_a_day_are_refused_until_tomorrow(shop: Shop) -> None:
    await shop.apply(DEMO.replace("limits:\n", "limits:\n  redemptions_per_day: {cashier: 2}\n"))
    anna = await shop.lookup(await shop.member())
    await post_transaction(shop.desk(), a_purchase(anna, "300.00"))
    desk = replace(shop.desk(), watch=Watch())
    requests = [a_redemption(anna, "10", cashier="eve") for _ in range(3)]

    told = [await redeem(desk, one) for one in requests]
    again = await redeem(desk, requests[0])
    other = await redeem(desk, a_redemption(anna, "10", cashier="bob"))
    shop.clock.move(days=1)
    tomorrow = await redeem(replace(shop.desk(), watch=desk.watch), requests[2])

    assert [type(one) for one in told] == [Posted, Posted, LimitExceeded]
    assert isinstance(told[2], LimitExceeded) and told[2].limit == "CASHIER_REDEMPTIONS"
    assert told[2].resets_at is not None and told[2].resets_at.isoformat() == "2026-11-23T00:00:00+00:00"
    assert isinstance(again, Posted) and again.replayed
    assert isinstance(other, Posted) and isinstance(tomorrow, Posted)


async def test_what_was_refused_uses_up_no_limit(shop: Shop) -> None:
    await shop.apply(DEMO.replace("limits:\n", "limits:\n  redemptions_per_day: {cashier: 1}\n"))
    anna = await shop.lookup(await shop.member())
    await post_transaction(shop.desk(), a_purchase(anna, "30.00"))
    desk = replace(shop.desk(), watch=Watch())

    for _ in range(3):
        await redeem(desk, a_redemption(anna, "400"))

    assert isinstance(await redeem(desk, a_redemption(anna, "10")), Posted)


async def staffed(shop: Shop, rules: str, **job: Any) -> Any:
    await shop.apply(DEMO.replace("staff: {earn: yes, burn_at_own: yes}", f"staff: {rules}"))
    anna = await shop.lookup(await shop.member())
    desk = shop.desk()
    call = Call(shop.database, shop.till, shop.applied, desk.caller, replace(desk.policy, partner_id=None), desk.claims, desk.now)
    await mark_staff(call, MarkStaff("mark-key-1", desk.partner.partner_id, anna, **job))
    return anna


async def test_a_cashier_does_not_post_for_himself_whatever_the_rules_say(shop: Shop) -> None:
    anna = await staffed(shop, "{}", cashier="anna")

    assert await reason(shop.desk(), anna, cashier="anna") == "STAFF_OWN_TILL"
    assert await reason(shop.desk(), anna, cashier="bob") is None
    assert await reason(shop.desk("fuel"), anna, cashier="anna") is None


async def test_staff_earn_nothing_where_they_work_and_a_return_of_it_takes_nothing(shop: Shop) -> None:
    anna = await staffed(shop, "{earn: no, burn_at_own: no}")

    here = await post_transaction(shop.desk(), a_purchase(anna, "100.00"))
    there = await post_transaction(shop.desk("fuel"), a_purchase(anna, "100.00"))
    burnt = [await redeem(shop.desk(code), a_redemption(anna, "10")) for code in ("grocer", "fuel")]
    assert isinstance(here, Posted) and isinstance(there, Posted)
    back = ReverseRequest("reverse-1", ById(here.recorded.member_id, here.recorded.transaction_id), "back-1", Whole())
    returned = await reverse_transaction(shop.desk(), back)

    assert here.recorded.detail["accruals"] == [] and there.recorded.detail["accruals"]
    assert burnt[0] == Rejected("NOT_ALLOWED", ("burn",)) and isinstance(burnt[1], Posted)
    assert isinstance(returned, Reversed)


async def test_staff_of_one_shop_are_parked_there_and_members_like_any_other_elsewhere(shop: Shop) -> None:
    anna = await staffed(shop, "{earn: park}", location="main")

    assert await reason(shop.desk(), anna, location="main") == "STAFF"
    assert await reason(shop.desk(), anna) == "STAFF"  # names no shop: it may be that one
    assert await reason(shop.desk(), anna, channel=Channel.ONLINE) is None
