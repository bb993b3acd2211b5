"""An operator gives and takes by hand."""

from __future__ import annotations

from uuid import uuid4

from builders.shop import NOW, Shop
from honeyguide.ledger.member_books import Balance, MemberBooks, TierSpan
from honeyguide.till.outcomes import Decision, Refusal
from honeyguide.transactions.adjust_account import AdjustIntent


def adjustment(shop: Shop, books: MemberBooks, amount: int) -> AdjustIntent:
    return AdjustIntent(shop.applied, books.member_id, uuid4(), None, "points", amount, "GOODWILL", "", "olivia", None)


async def test_who_owes_points_may_be_given_some_and_repays_with_them_but_nothing_can_be_taken(shop: Shop):
    indebted = MemberBooks(
        shop.applied.program_id, uuid4(), 1, TierSpan(None, None, None), balances={"points": Balance(posted=-50, debt=50)}
    )

    given = adjustment(shop, indebted, 30).decide(indebted, NOW)
    taken = adjustment(shop, indebted, -1).decide(indebted, NOW)

    assert isinstance(given, Decision)
    assert given.postings[-1].books.balance("points") == Balance(posted=-20, debt=20)
    assert taken == Refusal("INSUFFICIENT_BALANCE", {"unit": "points", "asked": 1, "available": 0})
