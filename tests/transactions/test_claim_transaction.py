"""Purchases that name nobody: claimed by their receipt, once, and then as if the member had been named (R54)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from builders.clock import NOON
from builders.people import sound
from builders.returns import balance
from builders.shop import CLAIMS, DEMO, HANDLE_KEY, Shop, a_line, a_purchase
from honeyguide.caller import Audience, Caller
from honeyguide.coalition.directory import Partners
from honeyguide.ledger.accounts import NOBODY
from honeyguide.members.call import Call
from honeyguide.members.lookup import LookupPolicy
from honeyguide.till.outcomes import Posted
from honeyguide.transactions.claim_transaction import ClaimOutcome, ClaimRequest, claim_transaction
from honeyguide.transactions.outcomes import AnonymousPosted, DuplicateReference, Parked, Rejected, Reversed
from honeyguide.transactions.post_transaction import post_transaction
from honeyguide.transactions.requests import ByAmount, ById, ByReference, HoldRef, ReverseRequest, TenderKind, TenderRequest, Whole
from honeyguide.transactions.reverse_transaction import reverse_transaction
from honeyguide.transactions.watch import Watch


async def anonymous(shop: Shop, amount: str = "60.00", **changes: Any) -> AnonymousPosted:
    posted = await post_transaction(shop.desk(), a_purchase(None, amount, **changes))
    assert isinstance(posted, AnonymousPosted), posted
    return posted


async def claimed(shop: Shop, member: UUID, token: str, key: str | None = None) -> ClaimOutcome:
    caller = Caller(Audience.MEMBER, shop.applied.program_id, str(member))
    policy = LookupPolicy(shop.applied.program_id, None, HANDLE_KEY)
    call = Call(shop.database, shop.till, shop.applied, caller, policy, CLAIMS, shop.clock())
    return await claim_transaction(call, shop.programs, Partners(shop.database), ClaimRequest(key or f"key-{uuid4()}", token), Watch())


@pytest.mark.asyncio
async def test_r54_an_anonymous_purchase_earns_when_its_receipt_is_claimed_as_of_the_purchase(shop: Shop):
    posted = await anonymous(shop, lines=(a_line(1, "60.00", "PRODUCE"),))
    assert posted.recorded.member_id == NOBODY and posted.recorded.detail.get("accruals") is None
    member = await shop.member()
    shop.clock.now += timedelta(days=3)
    await shop.apply(DEMO.replace("    earn: 1\n", "    earn: 9\n"))

    outcome = await claimed(shop, member, posted.claim_token)

    assert isinstance(outcome, Posted) and outcome.recorded.of_transaction == posted.recorded.transaction_id
    assert (outcome.recorded.occurred_at, outcome.recorded.program_version) == (NOON, 1)
    assert await balance(shop, member) == (120 + 25, 0)
    await sound(shop)


@pytest.mark.asyncio
async def test_r54_a_receipt_is_claimed_once_though_many_try_at_once(shop: Shop):
    posted = await anonymous(shop)
    members = [await shop.member() for _ in range(6)]

    outcomes = await asyncio.gather(*(claimed(shop, member, posted.claim_token) for member in members))

    assert sum(isinstance(outcome, Posted) for outcome in outcomes) == 1
    assert all(isinstance(one, Posted) or (isinstance(one, Rejected) and one.code == "ALREADY_CLAIMED") for one in outcomes)
    assert sum([(await balance(shop, member))[0] for member in members]) == 85
    await sound(shop)


@pytest.mark.asyncio
async def test_a_claim_asked_again_under_its_key_hears_the_first_answer_even_when_the_link_has_ended(shop: Shop):
    posted, member = await anonymous(shop), await shop.member()
    first = await claimed(shop, member, posted.claim_token, "k")
    shop.clock.now += timedelta(days=60)

    again = await claimed(shop, member, posted.claim_token, "k")
    late = await claimed(shop, member, posted.claim_token)

    assert isinstance(first, Posted) and again == replace(first, replayed=True)
    assert isinstance(late, Rejected) and late.code == "CODE_REJECTED"


@pytest.mark.asyncio
async def test_forged_tokens_claim_nothing(shop: Shop):
    posted, member = await anonymous(shop), await shop.member()
    token = posted.claim_token
    for forged in ("", "x", token[:-1], token[:-1] + ("A" if token[-1] != "A" else "B"), token + "=", "é" * len(token)):
        outcome = await claimed(shop, member, forged)
        assert isinstance(outcome, Rejected) and outcome.code == "CODE_REJECTED"


@pytest.mark.asyncio
async def test_r1_r2_an_anonymous_post_is_replayed_with_its_link_and_its_reference_is_taken(shop: Shop):
    request = a_purchase(None, "60.00")
    first = await post_transaction(shop.desk(), request)

    again = await post_transaction(shop.desk(), request)
    taken = await post_transaction(shop.desk(), replace(request, idempotency_key="another"))
    named = await post_transaction(shop.desk(), replace(request, idempotency_key="third", member=await shop.lookup(await shop.member())))

    assert isinstance(first, AnonymousPosted) and again == replace(first, replayed=True)
    assert isinstance(taken, DuplicateReference) and isinstance(named, DuplicateReference)
    old = await post_transaction(shop.desk(), a_purchase(None, "5.00", occurred_at=NOON - timedelta(days=500)))
    assert isinstance(old, Parked)
    await sound(shop)


@pytest.mark.asyncio
async def test_a_claimed_purchase_is_returned_from_who_claimed_it(shop: Shop):
    request = a_purchase(None, "60.00")
    posted, member = await post_transaction(shop.desk(), request), await shop.member()
    assert isinstance(posted, AnonymousPosted)
    await claimed(shop, member, posted.claim_token)

    for lookup, left in ((ByReference(request.reference), 30), (ById(NOBODY, posted.recorded.transaction_id), 0)):
        ask = ReverseRequest(f"k-{uuid4()}", lookup, f"r-{uuid4()}", ByAmount(Decimal(30), "USD"))
        outcome = await reverse_transaction(shop.desk(), ask)
        assert isinstance(outcome, Reversed) and outcome.reversal.member_id == member
        assert await balance(shop, member) == (left, 0)
    await sound(shop)


@pytest.mark.asyncio
async def test_what_was_returned_before_anybody_claimed_it_cannot_be_claimed(shop: Shop):
    posted, member = await anonymous(shop), await shop.member()
    of = ById(NOBODY, posted.recorded.transaction_id)
    ask = ReverseRequest("k-1", of, "r-1", ByAmount(Decimal(20), "USD"))

    first = await reverse_transaction(shop.desk(), ask)
    replay = await reverse_transaction(shop.desk(), ask)
    above = await reverse_transaction(shop.desk(), ReverseRequest("k-2", of, "r-2", ByAmount(Decimal(41), "USD")))
    rest = await reverse_transaction(shop.desk(), ReverseRequest("k-3", of, "r-3", Whole()))
    claim = await claimed(shop, member, posted.claim_token)

    assert isinstance(first, Reversed) and replay == replace(first, replayed=True)
    assert isinstance(above, Rejected) and above.code == "ABOVE_WHAT_IS_LEFT"
    assert isinstance(rest, Reversed)
    assert isinstance(claim, Rejected) and claim.code == "ALREADY_CLAIMED"
    await sound(shop)


async def test_r1_an_anonymous_post_hears_its_first_answer_though_the_window_has_passed_or_opened_since(shop: Shop):
    in_time, too_old = a_purchase(None, "60.00"), a_purchase(None, "60.00", occurred_at=NOON - timedelta(days=500))
    posted, parked = await post_transaction(shop.desk(), in_time), await post_transaction(shop.desk(), too_old)
    shop.clock.move(days=500)
    late = await post_transaction(shop.desk(), in_time)
    await shop.apply(DEMO.replace("window_days: 400", "window_days: 3000"))
    wide = await post_transaction(shop.desk(), too_old)

    assert isinstance(posted, AnonymousPosted) and late == replace(posted, replayed=True)
    assert isinstance(parked, Parked) and wide == replace(parked, replayed=True)


async def test_r54_nobodys_points_pay_and_nothing_comes_back_to_nobody(shop: Shop):
    points = TenderRequest(TenderKind.POINTS, Decimal("4.00"), HoldRef(NOBODY, uuid4()))
    cash = TenderRequest(TenderKind.CASH, Decimal("1.00"))
    returned = (replace(a_line(1, "-5.00"), quantity=Decimal(-1)),)
    for request in (a_purchase(None, "5.00", tenders=(points, cash)), a_purchase(None, "-5.00", lines=returned)):
        outcome = await post_transaction(shop.desk(), request)
        assert isinstance(outcome, Rejected) and (outcome.code, outcome.path) == ("MEMBER_REQUIRED", ("member",))

    paid = await anonymous(shop, tenders=(TenderRequest(TenderKind.CASH, Decimal("60.00")),))
    mine = await claimed(shop, await shop.member(), paid.claim_token)

    assert isinstance(mine, Posted) and mine.recorded.detail["tenders"] == [{"kind": "CASH", "amount": 6000}]
