"""Nobody decides as an operator about posts of his own: not one by one, not in bulk, not by taking a redemption back, not as staff."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from builders.by_hand import trail
from builders.people import balances, call_of, earn
from builders.shop import CLAIMS, NOW, Shop, a_purchase, a_redemption
from honeyguide.caller import Audience, Caller
from honeyguide.coalition.freeze_till import Frozen
from honeyguide.database import Section
from honeyguide.members.mark_staff import MarkStaff, StaffMarked, mark_staff
from honeyguide.members.person import PersonVault
from honeyguide.members.update_profile import ProfileUpdated, UpdateProfile, update_profile
from honeyguide.till.outcomes import Posted, Refused
from honeyguide.transactions.decide_many import DecideParkedOf, ManyDecided, decide_parked_of
from honeyguide.transactions.desk import Desk
from honeyguide.transactions.outcomes import Parked
from honeyguide.transactions.post_transaction import post_transaction
from honeyguide.transactions.posts_of import Span, reverse_posts
from honeyguide.transactions.redeem import redeem
from honeyguide.transactions.review import ParkedDecision, parked_posts
from honeyguide.transactions.sweep_review import sweep_review

LONG_AGO = NOW - timedelta(days=500)


def olivia(shop: Shop, email: str | None = "olivia@example.test") -> Caller:
    return Caller(Audience.OPERATOR, shop.applied.program_id, "company/olivia", email=email)


async def parked_for(shop: Shop, member: UUID) -> str:
    request = a_purchase(await shop.lookup(member), occurred_at=LONG_AGO)
    assert isinstance(await post_transaction(shop.desk(), request), Parked)
    return request.reference


async def swept(shop: Shop) -> int:
    async def desk_of(_: UUID) -> Desk:
        return replace(shop.desk(), caller=Caller(Audience.OPERATOR, shop.applied.program_id, "worker"))

    return await sweep_review(shop.database.pool, shop.applied.program_id, desk_of, shop.clock())


async def decided(shop: Shop, caller: Caller, decision: ParkedDecision = ParkedDecision.POST) -> list[str]:
    """Decides about all that waits at the grocer's; what still waits then."""
    request = DecideParkedOf(f"key-{uuid4()}", shop.partners["grocer"].partner_id, None, decision, "looked at")
    assert isinstance(await decide_parked_of(shop.database, caller, CLAIMS, request, shop.clock()), ManyDecided)
    await swept(shop)
    return [one.reference for one in await parked_posts(shop.database.pool, shop.applied.program_id, Section(10))]


@pytest.mark.parametrize("address", ["olivia@example.test", "olivia+points@example.test"])
async def test_a_decision_about_all_leaves_out_the_deciders_own(shop: Shop, address: str) -> None:
    own, other = await shop.member(address), await shop.member()
    mine, theirs = await parked_for(shop, own), await parked_for(shop, other)

    assert await decided(shop, olivia(shop)) == [mine]
    assert (await balances(shop, own), await balances(shop, other)) != ({}, {})
    assert await balances(shop, own) == {}
    assert [(actor, detail["code"]) for actor, _, detail in await trail(shop, "REFUSED")] == [("operator:company/olivia", "OWN_ACCOUNT")]
    assert await decided(shop, olivia(shop, "carol@example.test")) == []
    assert theirs


async def test_a_machine_decides_about_all(shop: Shop) -> None:
    await parked_for(shop, await shop.member("olivia@example.test"))

    assert await decided(shop, olivia(shop, None)) == []


async def test_nobody_gets_his_redemptions_back_by_reversing_a_tills_posts(shop: Shop) -> None:
    own, other = await shop.member("olivia@example.test"), await shop.member()
    for member in (own, other):
        await earn(shop, member, "300.00")
        assert isinstance(await redeem(shop.desk(), a_redemption(await shop.lookup(member), "10", cashier="eve")), Posted)
    before = await balances(shop, own)
    desk, span = replace(shop.desk(), caller=olivia(shop)), Span(shop.clock() - timedelta(hours=1), shop.clock() + timedelta(hours=1))

    done = await _reversed(desk, Frozen(desk.partner.partner_id, cashier="eve"), span)

    assert done.reversed_ == 1
    assert [(one.post.member_id, one.code) for one in done.stayed] == [(own, "OWN_ACCOUNT")]
    assert await balances(shop, own) == before


async def _reversed(desk: Desk, what: Frozen, span: Span) -> Any:
    return await reverse_posts(desk, f"key-{uuid4()}", what, span, "a stolen credential")


async def test_nobody_corrects_his_own_birth_date(shop: Shop) -> None:
    own, vault = await shop.member("olivia@example.test"), PersonVault.of(b"k" * 32)
    request = UpdateProfile(f"key-{uuid4()}", birth_date=NOW.date().replace(year=1980))

    refused = await update_profile(replace(call_of(shop), caller=olivia(shop)), vault, request, own)
    others = await update_profile(replace(call_of(shop), caller=olivia(shop, "carol@example.test")), vault, request, own)

    assert isinstance(refused, Refused) and refused.code == "OWN_ACCOUNT"
    assert isinstance(others, ProfileUpdated)


async def test_nobody_ends_his_own_mark_as_staff(shop: Shop) -> None:
    own, other = await shop.member("olivia@example.test"), await shop.member()
    grocer = shop.partners["grocer"].partner_id
    carol, mallory = call_of(shop), replace(call_of(shop), caller=olivia(shop))

    marked = await mark_staff(carol, MarkStaff(f"key-{uuid4()}", grocer, await shop.lookup(own), cashier="olivia"))
    refused = [
        await mark_staff(mallory, MarkStaff(f"key-{uuid4()}", grocer, await shop.lookup(own), works=False)),
        await mark_staff(mallory, MarkStaff(f"key-{uuid4()}", grocer, await shop.lookup(own), location="main")),
    ]
    others = await mark_staff(mallory, MarkStaff(f"key-{uuid4()}", grocer, await shop.lookup(other)))

    assert isinstance(marked, StaffMarked) and isinstance(others, StaffMarked)
    assert [one.code if isinstance(one, Refused) else one for one in refused] == ["OWN_ACCOUNT"] * 2
