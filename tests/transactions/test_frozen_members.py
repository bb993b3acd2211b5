"""Frozen members earn and do not redeem (R52), whatever was reserved before and whoever's books pay."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from builders.people import call_of
from builders.proof import freeze, proved
from builders.shop import Shop, a_capture, a_purchase, a_redemption, a_void, an_authorization
from honeyguide.members.close_account import CloseAccount, close_account
from honeyguide.members.freeze_member import FreezeMember, MemberFrozen, freeze_member
from honeyguide.members.household import invite_to_household, set_may_burn
from honeyguide.members.join_household import FoundRequest, JoinRequest, found_household, join_household
from honeyguide.members.lookup import LookupKind, MemberLookup
from honeyguide.members.store import MemberStatus
from honeyguide.till.outcomes import Posted, Refused
from honeyguide.transactions.authorize_redemption import authorize_redemption
from honeyguide.transactions.capture_redemption import capture_redemption
from honeyguide.transactions.outcomes import Rejected
from honeyguide.transactions.post_transaction import post_transaction
from honeyguide.transactions.quote import Quoted, quote
from honeyguide.transactions.redeem import redeem
from honeyguide.transactions.requests import HoldRef, QuoteRequest, TenderKind, TenderRequest
from honeyguide.transactions.void_redemption import void_redemption

LOCKED_BY_A_BURN = "SELECT FROM standing WHERE program_id = $1 AND member_id = $2 FOR NO KEY UPDATE"  # as till_open does
WAITS_FOR = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE $1 = ANY(pg_blocking_pids(pid)))"
KEY = b"a key of invitations, thirty-two."


async def rich(shop: Shop) -> UUID:
    member = await shop.member()
    await post_transaction(shop.desk("fuel"), a_purchase(await shop.lookup(member), "300.00"))
    return member


async def test_r52_frozen_members_earn_and_do_not_burn_by_any_proof(shop: Shop):
    member = await rich(shop)
    await freeze(shop, member)
    lookup = await shop.lookup(member)

    earned = await post_transaction(shop.desk(), a_purchase(lookup, "20.00"))
    burns = [
        await redeem(shop.desk(), a_redemption(lookup, "1")),
        await redeem(shop.desk(), a_redemption(proved(shop, member), "1")),
        await authorize_redemption(shop.desk(), an_authorization(proved(shop, member), "1")),
        await authorize_redemption(shop.desk(), an_authorization(lookup, "1", ask_approval=True)),
    ]
    quoted = await quote(shop.desk(), QuoteRequest(proved(shop, member), Decimal(10), "USD"))

    assert isinstance(earned, Posted)
    assert burns == [Rejected("MEMBER_FROZEN", ("member",))] * 4
    assert isinstance(quoted, Quoted)
    assert (quoted.redeemable["points"].available > 0, quoted.redeemable["points"].redeemable) == (True, 0)


async def test_r52_what_was_reserved_before_the_freeze_is_not_captured_and_goes_back(shop: Shop):
    member = await rich(shop)
    held = await authorize_redemption(shop.desk(), an_authorization(proved(shop, member), "100"))
    assert isinstance(held, Posted)
    await freeze(shop, member)
    tender = TenderRequest(TenderKind.POINTS, Decimal("1.00"), HoldRef(member, held.recorded.transaction_id))

    captured = await capture_redemption(shop.desk(), a_capture(held))
    paid = await post_transaction(shop.desk(), a_purchase(await shop.lookup(member), "1.00", tenders=(tender,)))
    voided = await void_redemption(shop.desk(), a_void(held))

    assert captured == Rejected("MEMBER_FROZEN", ("holdId",))
    assert paid == Rejected("MEMBER_FROZEN", ("tenders", "0", "holdId"))
    assert isinstance(voided, Posted)


async def test_r52_a_freeze_that_commits_while_redemptions_are_under_way_lets_none_begin_after_it(shop: Shop):
    member = await rich(shop)
    lookup = await shop.lookup(member)

    async def one() -> bool:
        return isinstance(await redeem(shop.desk(), a_redemption(lookup, "1")), Posted)

    async def frozen() -> list[bool]:
        await freeze(shop, member)
        return [await one() for _ in range(3)]

    answers = await asyncio.gather(frozen(), *(one() for _ in range(30)))

    assert answers[0] == [False] * 3


async def test_r52_a_freeze_waits_for_the_burn_under_way_so_that_none_ends_after_it_is_told(shop: Shop):
    anna, bert = await rich(shop), await rich(shop)
    assert isinstance(await found_household(call_of(shop, anna), FoundRequest("key-found")), Posted)
    pool_of_anna = await shop.database.pool.fetchval("SELECT household_id FROM household")
    freezes = {
        one: FreezeMember(f"key-{one}", MemberLookup(LookupKind.ID, str(one)), MemberStatus.FROZEN, "asked by the police")
        for one in (anna, bert)
    }

    for member, books in ((bert, bert), (anna, anna), (anna, pool_of_anna)):
        async with shop.database.transaction() as burn:
            await burn.execute(LOCKED_BY_A_BURN, shop.applied.program_id, books)
            its_id = await burn.fetchval("SELECT pg_backend_pid()")
            under_way = asyncio.create_task(freeze_member(call_of(shop), freezes[member]))
            while not await shop.database.pool.fetchval(WAITS_FOR, its_id):
                assert not under_way.done()
                await asyncio.sleep(0.01)
            status = await burn.fetchval("SELECT status FROM member WHERE member_id = $1", member)
        told = await asyncio.wait_for(under_way, 10)

        assert (status, isinstance(told, MemberFrozen)) == ("ACTIVE", True)
        assert await redeem(shop.desk(), a_redemption(proved(shop, member), "1")) == Rejected("MEMBER_FROZEN", ("member",))
        await freeze_member(
            call_of(shop), replace(freezes[member], idempotency_key=f"end-{books}", status=MemberStatus.ACTIVE, note="it was not him")
        )
        freezes[member] = replace(freezes[member], idempotency_key=f"key-{member}-again")


async def test_r52_of_a_household_who_is_frozen_does_not_burn_and_the_others_do(shop: Shop):
    anna, bert = await rich(shop), await rich(shop)
    assert isinstance(await found_household(call_of(shop, anna), FoundRequest("key-found")), Posted)
    invited = await invite_to_household(call_of(shop, anna), KEY)
    assert not isinstance(invited, Refused)
    assert isinstance(await join_household(call_of(shop, bert), JoinRequest("key-join", invited.token), KEY), Posted)
    await set_may_burn(call_of(shop, anna), bert, may_burn=True)
    held = await authorize_redemption(shop.desk(), an_authorization(proved(shop, bert), "100"))
    await freeze(shop, bert)

    by_bert = [
        await redeem(shop.desk(), a_redemption(proved(shop, bert), "1")),
        await capture_redemption(shop.desk(), a_capture(held)),
    ]
    by_anna = await redeem(shop.desk(), a_redemption(proved(shop, anna), "1"))

    assert by_bert == [Rejected("MEMBER_FROZEN", ("member",)), Rejected("MEMBER_FROZEN", ("holdId",))]
    assert isinstance(by_anna, Posted)


async def test_r52_who_is_frozen_cannot_be_paid_out_by_leaving(shop: Shop):
    member = await rich(shop)
    await freeze(shop, member)

    closed = await close_account(call_of(shop, member), CloseAccount("key-close"))

    assert closed == Refused("MEMBER_FROZEN", {}, replayed=False)
