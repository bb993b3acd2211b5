"""A parked post is posted as of its day, or refused for good: once, whoever decides at the same time and whoever dies meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from builders.shop import NOW, Shop, a_line, a_purchase
from honeyguide.caller import Audience, Caller
from honeyguide.database import Section
from honeyguide.till.outcomes import Posted
from honeyguide.transactions.decide_parked import DecideParked, ParkedDecided, carry_out, decide_parked, pin
from honeyguide.transactions.desk import Desk
from honeyguide.transactions.outcomes import AnonymousPosted, DuplicateReference, Parked, PostOutcome, Rejected
from honeyguide.transactions.post_transaction import post_transaction
from honeyguide.transactions.requests import PostRequest
from honeyguide.transactions.review import ByWhom, ParkedDecision, ParkedPost, Waiting, parked_posts

LONG_AGO = NOW - timedelta(days=500)
REFUSED = Rejected("REJECTED_BY_REVIEW", ("reference",))


def operators(shop: Shop, name: str = "olivia") -> Desk:
    return replace(shop.desk(), caller=Caller(Audience.OPERATOR, shop.applied.program_id, name))


async def parked(shop: Shop, request: PostRequest) -> ParkedPost:
    assert isinstance(await post_transaction(shop.desk(), request), Parked)
    return (await parked_posts(shop.database.pool, shop.applied.program_id, Section(10)))[-1]


def deciding(one: ParkedPost, decision: ParkedDecision = ParkedDecision.POST, **changes: Any) -> DecideParked:
    return replace(DecideParked(f"key-{uuid4()}", one.member_id, one.parked_id, decision, "looked at"), **changes)


async def test_a_parked_purchase_is_posted_as_of_its_day_and_its_till_hears_of_it(shop: Shop) -> None:
    request = a_purchase(await shop.lookup(await shop.member()), "20.00", occurred_at=LONG_AGO)
    one = await parked(shop, request)

    decided = await decide_parked(operators(shop), deciding(one))
    retried = await post_transaction(shop.desk(), request)
    under_another_key = await post_transaction(shop.desk(), replace(request, idempotency_key="another-key"))

    assert isinstance(decided, ParkedDecided) and decided.posted is not None
    assert decided.posted.occurred_at == LONG_AGO and decided.posted.detail["accruals"]
    assert isinstance(retried, Posted) and retried.replayed and retried.recorded.transaction_id == decided.posted.transaction_id
    assert isinstance(under_another_key, DuplicateReference)
    assert under_another_key.recorded.transaction_id == decided.posted.transaction_id
    assert await parked_posts(shop.database.pool, shop.applied.program_id, Section(10)) == []


async def test_who_heard_that_it_was_parked_under_another_key_hears_what_became_of_it(shop: Shop) -> None:
    lookup = await shop.lookup(await shop.member())
    posted, refused = (a_purchase(lookup, occurred_at=LONG_AGO) for _ in range(2))
    others = [replace(one, idempotency_key=f"other-{place}-key") for place, one in enumerate((posted, refused))]
    for request, other, decision in zip((posted, refused), others, ParkedDecision, strict=True):
        one = await parked(shop, request)
        assert isinstance(await post_transaction(shop.desk(), other), Parked)
        await decide_parked(operators(shop), deciding(one, decision))

    told = [await post_transaction(shop.desk(), other) for other in others]

    assert isinstance(told[0], DuplicateReference)
    assert told[1] == REFUSED


async def test_a_refused_purchase_stays_refused_for_every_retry(shop: Shop) -> None:
    request = a_purchase(await shop.lookup(await shop.member()), occurred_at=LONG_AGO)
    one = await parked(shop, request)

    decided = await decide_parked(operators(shop), deciding(one, ParkedDecision.REJECT))
    retried = await post_transaction(shop.desk(), request)
    under_another_key = await post_transaction(shop.desk(), replace(request, idempotency_key="another-key"))

    assert isinstance(decided, ParkedDecided) and decided.posted is None
    assert isinstance(retried, Rejected) and retried.code == "REJECTED_BY_REVIEW"
    assert under_another_key == REFUSED


async def test_many_who_decide_at_once_post_once_or_refuse_once(shop: Shop) -> None:
    lookup = await shop.lookup(await shop.member())
    for round_ in range(6):
        request = a_purchase(lookup, occurred_at=LONG_AGO + timedelta(hours=round_))
        one = await parked(shop, request)

        told = await asyncio.gather(
            *(decide_parked(operators(shop, f"o{n}"), deciding(one, list(ParkedDecision)[n % 2])) for n in range(6)),
            *(post_transaction(shop.desk(), request) for _ in range(3)),
        )
        after: PostOutcome = await post_transaction(shop.desk(), request)

        decided = [outcome for outcome in told if isinstance(outcome, ParkedDecided)]
        assert len(decided) == 1
        assert isinstance(after, Posted) if decided[0].posted else isinstance(after, Rejected)
    purchases = await shop.database.pool.fetchval("SELECT count(*) FROM transaction WHERE kind = 'PURCHASE'")
    posted = await shop.database.pool.fetchval("SELECT count(*) FROM parked_post WHERE decision = 'POST'")
    assert purchases == posted
    assert await shop.database.pool.fetchval("SELECT count(*) FROM audit WHERE action LIKE '%PARKED_POST'") == 6


@pytest.mark.parametrize("decision", list(ParkedDecision))
async def test_a_decision_whose_process_died_is_carried_out_once_by_whoever_comes_next(shop: Shop, decision: ParkedDecision) -> None:
    request = a_purchase(await shop.lookup(await shop.member()), occurred_at=LONG_AGO)
    one, desk = await parked(shop, request), operators(shop)
    await pin(desk, one, decision, ByWhom("operator:olivia", "looked at", desk.now))

    told = await asyncio.gather(*(carry_out(desk, one, decision, desk.now) for _ in range(4)))
    again = await post_transaction(shop.desk(), request)

    assert len({outcome.transaction_id if outcome and not isinstance(outcome, Rejected) else None for outcome in told}) == 1
    assert isinstance(again, Posted) if decision is ParkedDecision.POST else isinstance(again, Rejected)
    assert await shop.database.pool.fetchval("SELECT count(*) FROM audit WHERE action LIKE '%PARKED_POST'") == 1


async def test_an_anonymous_purchase_is_parked_and_posted_too_and_its_till_hears_the_link(shop: Shop) -> None:
    request = a_purchase(None, occurred_at=LONG_AGO)
    one = await parked(shop, request)

    told = await asyncio.gather(*(decide_parked(operators(shop, f"o{n}"), deciding(one)) for n in range(3)))
    retried = await post_transaction(shop.desk(), request)

    assert sum(isinstance(outcome, ParkedDecided) for outcome in told) == 1
    assert isinstance(retried, AnonymousPosted) and retried.replayed and retried.claim_token


async def test_an_exchange_that_was_parked_is_posted_with_its_returns(shop: Shop) -> None:
    lookup = await shop.lookup(await shop.member())
    lines = (a_line(1, "30.00"), replace(a_line(2, "-10.00"), quantity=a_line(2, "1").quantity * -1))
    request = a_purchase(lookup, "20.00", lines=lines)
    await shop.apply(
        (await _source(shop)).replace(
            "unmatched_per_day: {member: 50.00, cashier: 500.00}", "unmatched_per_day: {member: 50.00, cashier: 0}"
        )
    )
    assert isinstance(parked_ := await post_transaction(shop.desk(), request), Parked) and parked_.reason == "UNMATCHED_RETURN"
    [one] = await parked_posts(shop.database.pool, shop.applied.program_id, Section(10), Waiting(reason="UNMATCHED_RETURN"))

    decided = await decide_parked(operators(shop), deciding(one))

    assert isinstance(decided, ParkedDecided) and decided.posted is not None
    assert decided.posted.detail["returns"]


async def _source(shop: Shop) -> str:
    source: str = await shop.database.pool.fetchval("SELECT source FROM program_version ORDER BY version DESC LIMIT 1")
    return source


async def test_the_same_key_again_hears_the_same_decision(shop: Shop) -> None:
    one = await parked(shop, a_purchase(await shop.lookup(await shop.member()), occurred_at=LONG_AGO))
    request = deciding(one)

    first, again = await decide_parked(operators(shop), request), await decide_parked(operators(shop), request)
    other = await decide_parked(operators(shop), deciding(one, ParkedDecision.REJECT))

    assert isinstance(first, ParkedDecided) and isinstance(again, ParkedDecided)
    assert (first.replayed, again.replayed) == (False, True)
    assert again.posted is not None and first.posted is not None and again.posted.transaction_id == first.posted.transaction_id
    assert other == Rejected("ALREADY_DECIDED", ("parked",))


async def test_what_the_till_would_not_have_waits_again(shop: Shop) -> None:
    member_id = await shop.member()
    one = await parked(shop, a_purchase(await shop.lookup(member_id), occurred_at=LONG_AGO))
    await shop.database.pool.execute("UPDATE member SET status = 'CLOSED' WHERE member_id = $1", member_id)
    request = deciding(one)

    refused = await decide_parked(operators(shop), request)
    await shop.database.pool.execute("UPDATE member SET status = 'ACTIVE' WHERE member_id = $1", member_id)
    decided = await decide_parked(operators(shop), request)

    assert refused == Rejected("ACCOUNT_CLOSED", ("parked",))
    assert isinstance(decided, ParkedDecided)
