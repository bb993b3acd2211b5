"""The worked examples of the READMEs of ledger and transactions, on the real books."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from builders.returns import balance, bought
from builders.shop import Shop, a_line, a_redemption
from honeyguide.ledger.recorded import Recorded
from honeyguide.till.outcomes import Posted
from honeyguide.transactions.outcomes import Reversed
from honeyguide.transactions.redeem import redeem
from honeyguide.transactions.requests import ByAmount, ById, ByLines, ReversalLine, ReverseRequest, Whole
from honeyguide.transactions.reverse_transaction import reverse_transaction

WHATS = {
    "produce": ByLines((ReversalLine("1", Decimal(1)),)),
    "money": ByAmount(Decimal("15.00"), "USD"),
    "whole": Whole(),
}


async def taken(shop: Shop, purchase: Recorded, what: str) -> int:
    before = (await balance(shop, purchase.member_id))[0]
    ask = ReverseRequest(f"k-{uuid4()}", ById(purchase.member_id, purchase.transaction_id), f"r-{uuid4()}", WHATS[what])
    assert isinstance(await reverse_transaction(shop.desk(), ask), Reversed)
    return before - (await balance(shop, purchase.member_id))[0]


async def forager(shop: Shop) -> UUID:
    member = await shop.member()
    await bought(shop, member, "1000.00", partner="fuel")
    return member


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("order", "expected"),
    [(("produce", "money", "whole"), [125, 44, 56]), (("money", "produce", "whole"), [52, 117, 56]), (("whole",), [225])],
)
async def test_the_return_of_the_readme_step_by_step_and_in_other_orders(shop: Shop, order: tuple[str, ...], expected: list[int]):
    member = await forager(shop)
    purchase = await bought(shop, member, "100.00", lines=(a_line(1, "40.00", "PRODUCE"), a_line(2, "60.00")))
    assert [(row["unit"], row["quantity"]) for row in purchase.detail["accruals"]] == [("points", 225)]

    steps = [await taken(shop, purchase, what) for what in order]

    assert steps == expected and sum(steps) == 225


@pytest.mark.asyncio
async def test_the_debt_of_the_readme(shop: Shop):
    member = await shop.member()
    purchase = await bought(shop, member, "70.00", partner="fuel")
    assert isinstance(await redeem(shop.desk("fuel"), a_redemption(await shop.lookup(member), "20")), Posted)
    ask = ReverseRequest("k-1", ById(member, purchase.transaction_id), "r-1", Whole())

    assert isinstance(await reverse_transaction(shop.desk("fuel"), ask), Reversed)
    owed = await balance(shop, member)
    await bought(shop, member, "30.00", partner="fuel")

    assert owed == (-20, 20) and await balance(shop, member) == (10, 0)
