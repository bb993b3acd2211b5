"""Purchases and what becomes of them, for tests of returns."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from builders.shop import Shop, a_purchase
from honeyguide.ledger.recorded import Recorded
from honeyguide.till.outcomes import Posted
from honeyguide.transactions.post_transaction import post_transaction


async def bought(shop: Shop, member: UUID, amount: str, partner: str = "grocer", **changes: Any) -> Recorded:
    posted = await post_transaction(
        shop.desk(partner), a_purchase(await shop.lookup(member), amount, **{"occurred_at": shop.clock(), **changes})
    )
    assert isinstance(posted, Posted), posted
    return posted.recorded


async def balance(shop: Shop, member: UUID, unit: str = "points") -> tuple[int, int]:
    """Posted and debt."""
    row = await shop.database.pool.fetchrow("SELECT posted, debt FROM account WHERE member_id = $1 AND unit = $2", member, unit)
    return (row["posted"], row["debt"]) if row else (0, 0)
