"""A refund arrives before its purchase, as when a till was offline: it is not found and not kept, and the same key succeeds later, once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from builders.interleaving import NO_WRITES
from builders.journal import Journal, Told, nothing_lost, told_by
from builders.mutants import CLAIMS_IGNORED, PythonEdit, mutated_python
from builders.scene import Scene
from builders.shop import Shop, a_purchase, shop  # noqa: F401
from honeyguide.till.outcomes import Posted
from honeyguide.transactions import reverse_transaction as use_case
from honeyguide.transactions.desk import Desk
from honeyguide.transactions.outcomes import Rejected, Reversed
from honeyguide.transactions.post_transaction import post_transaction
from honeyguide.transactions.requests import ByReference, PostRequest, ReverseRequest, Whole


async def a_refund_comes_before_its_purchase(shop: Shop, scene: Scene) -> None:  # noqa: F811
    """While the purchase is claimed and not yet committed it is still not found; then two processes hear of the refund at once."""
    journal, desk = Journal(), shop.desk()
    other = replace(desk, till=scene.till(shop.clock))
    purchase = a_purchase(await shop.lookup(await shop.member()), "50.00")
    refund = ReverseRequest(f"key-{uuid4()}", ByReference(purchase.reference), f"return-{uuid4()}", Whole())

    before = await use_case.reverse_transaction(desk, refund)
    async with scene.holding(NO_WRITES) as holder:
        posting = asyncio.create_task(bought(desk, purchase, journal))
        await holder.waiting(1)
        meanwhile = await use_case.reverse_transaction(other, refund)
        await holder.let_go()
        await posting
    async with scene.holding(NO_WRITES) as holder:
        first = asyncio.create_task(refunded(desk, refund, journal))
        await holder.waiting(1)
        second = asyncio.create_task(refunded(other, refund, journal))
        await holder.waiting(2)
        await holder.let_go()
        await asyncio.gather(first, second)
    await refunded(desk, refund, journal)

    for early in (before, meanwhile):
        assert isinstance(early, Rejected) and early.code == "NOT_FOUND", early
    await nothing_lost(shop.database.pool, shop.applied.program_id, journal, shop.clock())
    assert await shop.database.pool.fetchval("SELECT sum(posted) FROM account WHERE kind = 'member'") == 0


async def bought(desk: Desk, purchase: PostRequest, journal: Journal) -> None:
    journal.send(desk.caller.scope, purchase.idempotency_key)
    answer = await post_transaction(desk, purchase)
    assert isinstance(answer, Posted), answer
    journal.hear(desk.caller.scope, purchase.idempotency_key, told_by(answer))


async def refunded(desk: Desk, refund: ReverseRequest, journal: Journal) -> None:
    journal.send(desk.caller.scope, refund.idempotency_key)
    answer = await use_case.reverse_transaction(desk, refund)
    told = told_by(Posted(answer.reversal, answer.replayed)) if isinstance(answer, Reversed) else Told(refused=getattr(answer, "code", "?"))
    journal.hear(desk.caller.scope, refund.idempotency_key, told)


async def test_a_refund_before_its_purchase_succeeds_later_under_the_same_key(shop: Shop, scene: Scene):  # noqa: F811
    await a_refund_comes_before_its_purchase(shop, scene)


async def test_a_refund_whose_claim_nobody_looks_at_hears_two_things(shop: Shop, scene: Scene):  # noqa: F811
    async with scene.mutated(CLAIMS_IGNORED):
        with pytest.raises(AssertionError, match="heard"):
            await a_refund_comes_before_its_purchase(shop, scene)


async def test_a_refund_that_is_refused_for_good_is_missed(shop: Shop, scene: Scene):  # noqa: F811
    async def refused_for_good(desk: Desk, key: Any) -> Rejected:
        await desk.database.pool.execute(
            "INSERT INTO claim (program_id, key, scope, request_hash, outcome, claimed_at) VALUES ($1, $2, $3, $4, $5, now())"
            " ON CONFLICT DO NOTHING",
            *(desk.program_id, key.key, key.scope, key.request_hash, {"code": "NOT_FOUND", "data": {}}),
        )
        return Rejected("NOT_FOUND", ("transaction",))

    kept = PythonEdit(
        "honeyguide.transactions.reverse_transaction:reverse_transaction",
        r'return Rejected\("NOT_FOUND", \("transaction",\)\)',
        "return await refused_for_good(desk, key)",
        (("refused_for_good", refused_for_good),),
    )
    with mutated_python(kept), pytest.raises(AssertionError):
        await a_refund_comes_before_its_purchase(shop, scene)
