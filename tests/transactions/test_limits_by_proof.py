"""What a burn needs by amount and day (R51): limits of the three proofs, at once and a day, and how they hold across each other."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest_asyncio

from builders.proof import proved
from builders.shop import DEMO, Shop, a_capture, a_purchase, a_redemption, an_authorization
from honeyguide.ledger.recorded import TransactionKind
from honeyguide.members.proof import Proof
from honeyguide.till.outcomes import Posted
from honeyguide.transactions.authorize_redemption import authorize_redemption
from honeyguide.transactions.capture_redemption import capture_redemption
from honeyguide.transactions.outcomes import LimitExceeded, ProofRequired, Reversed
from honeyguide.transactions.post_transaction import post_transaction
from honeyguide.transactions.quote import Quoted, quote
from honeyguide.transactions.redeem import redeem
from honeyguide.transactions.requests import ById, QuoteRequest, ReverseRequest, Whole
from honeyguide.transactions.reverse_transaction import reverse_transaction

LIMITS = """
limits:
  burn_per_day: {NUMBER: {points: 500, cashback: 5.00}, PRESENT: {points: 1000}, APPROVED: {points: 1500}}
  burn_per_post: {PRESENT: {points: 800}, APPROVED: {points: 1200}}

returns:"""
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)


@pytest_asyncio.fixture
async def rich(shop: Shop) -> UUID:
    """A member with 5,000 points in a program that limits every proof."""
    before, _, after = DEMO.partition("\nlimits:")
    await shop.apply(before + LIMITS + after.partition("\nreturns:")[2])
    member = await shop.member()
    await post_transaction(shop.desk("fuel"), a_purchase(await shop.lookup(member), "5000.00"))
    return member


async def burned(shop: Shop, member: UUID, proof: Proof, quantity: str):
    lookup = await shop.lookup(member) if proof is Proof.NUMBER else proved(shop, member, proof)
    return await redeem(shop.desk(), a_redemption(lookup, quantity))


async def redeemable(shop: Shop, member: UUID) -> list[int]:
    told = []
    for proof in Proof:
        lookup = await shop.lookup(member) if proof is Proof.NUMBER else proved(shop, member, proof)
        quoted = await quote(shop.desk(), QuoteRequest(lookup, Decimal(1), "USD"))
        assert isinstance(quoted, Quoted)
        told.append(quoted.redeemable["points"].redeemable)
    return told


async def test_r51_what_number_used_counts_for_present_and_both_for_approved(shop: Shop, rich: UUID):
    assert await redeemable(shop, rich) == [500, 800, 1200]

    assert isinstance(await burned(shop, rich, Proof.NUMBER, "400"), Posted)
    assert await redeemable(shop, rich) == [100, 600, 1100]
    assert isinstance(await burned(shop, rich, Proof.PRESENT, "550"), Posted)
    assert await redeemable(shop, rich) == [50, 50, 550]  # a burn by number has to fit into what is left of the others, too
    assert isinstance(await burned(shop, rich, Proof.APPROVED, "540"), Posted)
    assert await redeemable(shop, rich) == [10, 10, 10]

    shop.clock.move(days=1)
    assert await redeemable(shop, rich) == [500, 800, 1200]


async def test_r51_a_refusal_names_the_proofs_that_would_do_or_the_limit_and_when_it_opens_again(shop: Shop, rich: UUID):
    assert await burned(shop, rich, Proof.NUMBER, "501") == ProofRequired(("PRESENT", "APPROVED"))
    assert await burned(shop, rich, Proof.NUMBER, "801") == ProofRequired(("APPROVED",))
    assert await burned(shop, rich, Proof.PRESENT, "801") == ProofRequired(("APPROVED",))
    at_once = LimitExceeded("burn_per_post", None, facts={"unit": "points", "most": 1200})
    assert [await burned(shop, rich, proof, "1201") for proof in Proof] == [at_once] * 3
    await burned(shop, rich, Proof.APPROVED, "1000")
    a_day = LimitExceeded("burn_per_day", MIDNIGHT, facts={"unit": "points", "most": 1500})
    assert [await burned(shop, rich, proof, "501") for proof in Proof] == [a_day] * 3


async def test_r15_of_many_burns_by_all_proofs_at_once_no_days_limit_is_passed(shop: Shop, rich: UUID):
    proofs = [*Proof] * 12

    answers = await asyncio.gather(*(burned(shop, rich, proof, "90") for proof in proofs))

    took = {proof: 90 * sum(isinstance(a, Posted) for p, a in zip(proofs, answers, strict=True) if p is proof) for proof in Proof}
    assert took[Proof.NUMBER] <= 500
    assert took[Proof.NUMBER] + took[Proof.PRESENT] <= 1000
    assert 1410 < sum(took.values()) <= 1500


async def test_a_hold_counts_for_its_proof_at_once_and_a_reversal_gives_it_back(shop: Shop, rich: UUID):
    held = await authorize_redemption(shop.desk(), an_authorization(proved(shop, rich), "700"))
    assert await redeemable(shop, rich) == [300, 300, 800]

    captured = await capture_redemption(shop.desk(), a_capture(held, "600"))
    assert await redeemable(shop, rich) == [400, 400, 900]

    assert isinstance(captured, Posted) and captured.recorded.kind is TransactionKind.REDEMPTION
    original = ById(captured.recorded.member_id, captured.recorded.transaction_id)
    back = await reverse_transaction(shop.desk(), ReverseRequest("key-back", original, "back", Whole()))
    assert isinstance(back, Reversed)
    assert await redeemable(shop, rich) == [500, 800, 1200]


async def test_a_limit_that_the_program_gets_at_noon_counts_what_was_burned_in_the_morning(shop: Shop):
    member = await shop.member()
    await post_transaction(shop.desk("fuel"), a_purchase(await shop.lookup(member), "5000.00"))
    assert isinstance(await burned(shop, member, Proof.PRESENT, "900"), Posted)

    before, _, after = DEMO.partition("\nlimits:")
    await shop.apply(before + LIMITS + after.partition("\nreturns:")[2])

    assert await redeemable(shop, member) == [100, 100, 600]


async def test_the_same_refusal_is_told_again_under_its_key_with_the_same_end(shop: Shop, rich: UUID):
    request = a_redemption(proved(shop, rich, Proof.APPROVED), "1200")
    await burned(shop, rich, Proof.APPROVED, "1200")

    first = await redeem(shop.desk(), request)
    shop.clock.move(minutes=10)
    again = await redeem(shop.desk(), request)

    assert first == again == LimitExceeded("burn_per_day", MIDNIGHT, facts={"unit": "points", "most": 1500})
    assert MIDNIGHT - shop.clock() < timedelta(days=1)
