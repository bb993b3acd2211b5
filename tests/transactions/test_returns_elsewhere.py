"""Goods come back as store credit, at another store, at another partner: whose points go (R25, R39, R50)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from uuid import UUID, uuid4

from builders.returns import balance, bought
from builders.shop import Shop, a_line
from honeyguide.coalition import store as coalition
from honeyguide.coalition.partner import Location
from honeyguide.transactions.outcomes import Reversed
from honeyguide.transactions.requests import ById, LineRequest, ReverseRequest, TenderKind, TenderRequest, Whole
from honeyguide.transactions.reverse_transaction import reverse_transaction

QUALIFYING = "SELECT coalesce(sum(value), 0)::int FROM counter WHERE name = 'qualifying/spend' AND member_id = $1"
BY_ISSUER = """
SELECT p.code, sum(l.open)::int AS open FROM lot AS l JOIN partner AS p ON p.partner_id = l.issuer
WHERE l.member_id = $1 AND l.unit = 'points' GROUP BY p.code
"""


def pear(amount: str, quantity: str) -> LineRequest:
    return replace(a_line(1, amount, "PRODUCE"), sku="pear", quantity=Decimal(quantity))


async def open_points(shop: Shop, member: UUID) -> dict[str, int]:
    return {row["code"]: row["open"] for row in await shop.database.pool.fetch(BY_ISSUER, member)}


async def test_r25_a_refund_as_store_credit_is_a_refund_and_what_the_credit_buys_earns_like_money(shop: Shop):
    member = await shop.member()
    purchase = await bought(shop, member, "60.00")
    assert await balance(shop, member) == (85, 0)

    ask = ReverseRequest(f"key-{uuid4()}", ById(member, purchase.transaction_id), f"return-{uuid4()}", Whole())
    assert isinstance(await reverse_transaction(shop.desk(), ask), Reversed)

    assert await balance(shop, member) == (0, 0)
    assert await shop.database.pool.fetchval(QUALIFYING, member) == 0
    await bought(shop, member, "60.00", tenders=(TenderRequest(TenderKind.STORE_CREDIT, Decimal("60.00")),))
    assert await balance(shop, member) == (85, 0)  # once for both, not twice and not nothing
    assert await shop.database.pool.fetchval(QUALIFYING, member) == 6000


async def test_r50_a_purchase_at_another_store_of_the_same_partner_is_matched(shop: Shop):
    partner = shop.partners["grocer"]
    async with shop.database.pool.acquire() as connection:
        harbour = [Location("harbour", "Harbour", "America/New_York")]
        await coalition.insert_locations(connection, shop.applied.program_id, partner.partner_id, harbour)
    shop.partners = {one.code: one for one in await coalition.partners(shop.database.pool, shop.applied.program_id)}
    member = await shop.member()
    await bought(shop, member, "40.00", location="main", lines=(pear("40.00", "1"),))
    assert await balance(shop, member) == (80, 0)

    await bought(shop, member, "-40.00", location="harbour", lines=(pear("-40.00", "-1"),))

    assert await balance(shop, member) == (0, 0)
    kinds = await shop.database.pool.fetch("SELECT kind FROM transaction WHERE member_id = $1 ORDER BY version", member)
    assert [row["kind"] for row in kinds] == ["ENROLMENT", "PURCHASE", "REVERSAL", "PURCHASE"]


async def test_r50_r39_another_partners_purchase_is_not_matched_and_its_points_are_not_touched(shop: Shop):
    member = await shop.member()
    at_grocer = await bought(shop, member, "40.00", lines=(pear("40.00", "1"),))
    await bought(shop, member, "10.00", partner="fuel")
    assert await open_points(shop, member) == {"grocer": 80, "fuel": 10}

    await bought(shop, member, "-40.00", partner="fuel", lines=(pear("-40.00", "-1"),))

    assert await open_points(shop, member) == {"grocer": 80, "fuel": 0}
    reversed_ = await shop.database.pool.fetchval("SELECT count(*) FROM transaction WHERE of_transaction = $1", at_grocer.transaction_id)
    assert reversed_ == 0
    assert await balance(shop, member) == (80, 0)
