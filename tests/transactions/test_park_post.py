"""Parking claims as the till does."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from builders.shop import NOW, Shop, a_purchase
from honeyguide.till.claims import claim_key, reference_scope
from honeyguide.transactions.outcomes import DuplicateReference, IdempotencyConflict, Parked
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


async def test_a_duplicate_hears_of_the_original_again_when_its_window_has_closed(shop: Shop):
    lookup = await shop.lookup(await shop.member())
    original = a_purchase(lookup)
    duplicate = replace(original, idempotency_key="another-key")
    await post_transaction(shop.desk(), original)
    first = await post_transaction(shop.desk(), duplicate)
    shop.clock.move(days=500)

    again = await post_transaction(shop.desk(), duplicate)

    assert isinstance(first, DuplicateReference) and isinstance(again, DuplicateReference)
    assert again.recorded.transaction_id == first.recorded.transaction_id


async def test_a_parked_receipt_under_another_key_is_parked_already(shop: Shop):
    lookup = await shop.lookup(await shop.member())
    old = a_purchase(lookup, occurred_at=NOW - timedelta(days=500))

    parked = await post_transaction(shop.desk(), old)
    again = await post_transaction(shop.desk(), replace(old, idempotency_key="another-key"))

    assert parked == Parked(old.reference, "OLDER_THAN_WINDOW", replayed=False)
    assert again == Parked(old.reference, "OLDER_THAN_WINDOW", replayed=True)
