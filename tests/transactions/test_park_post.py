"""Parking claims as the till does."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from builders.shop import NOW, Shop, a_purchase
from honeyguide.till.claims import claim_key, reference_scope
from honeyguide.transactions.outcomes import IdempotencyConflict
from honeyguide.transactions.post_transaction import post_transaction


async def test_a_parked_post_and_a_batch_of_the_till_never_wait_for_each_other(shop: Shop):
    desk, occurred_at = shop.desk(), NOW - timedelta(days=500)
    lookup = await shop.lookup(await shop.member())
    old = a_purchase(lookup, idempotency_key="zzzzzzzz", reference="aaaaaaaa", occurred_at=occurred_at)
    scope = reference_scope(desk.partner.partner_id, None, desk.business_date(occurred_at, None), "PURCHASE")

    async with shop.database.transaction() as batch:
        for place, (key, of) in enumerate([("aaaaaaaa", scope), ("zzzzzzzz", desk.caller.scope)]):
            if place:
                parking = asyncio.create_task(post_transaction(desk, old))
                await asyncio.sleep(0.2)
            await claim_key(batch, program_id=desk.program_id, scope=of, key=key, request_hash=b"another", now=NOW)

    assert await parking == IdempotencyConflict()
