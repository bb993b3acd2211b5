"""A purchase paid partly in points: the hold is captured in the same decision, and both go back as one (R8, R24, R53)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from builders.people import sound
from builders.returns import balance, bought
from builders.shop import DEMO, Shop, a_purchase, a_redemption
from honeyguide.ledger.recorded import Recorded
from honeyguide.till.outcomes import Posted
from honeyguide.transactions.authorize_redemption import authorize_redemption
from honeyguide.transactions.outcomes import Rejected, Reversed
from honeyguide.transactions.post_transaction import post_transaction
from honeyguide.transactions.redeem import redeem
from honeyguide.transactions.requests import AuthorizeRequest, ByAmount, ById, HoldRef, ReverseRequest, TenderKind, TenderRequest, Whole
from honeyguide.transactions.reverse_transaction import reverse_transaction


async def held(shop: Shop, member: UUID, quantity: str, partner: str = "grocer") -> HoldRef:
    request = AuthorizeRequest(f"key-{uuid4()}", await shop.lookup(member), f"hold-{uuid4()}", "points", Decimal(quantity))
    outcome = await authorize_redemption(shop.desk(partner), request)
    assert isinstance(outcome, Posted), outcome
    return HoldRef(member, outcome.recorded.transaction_id)


def paid(points: str, hold: HoldRef, cash: str) -> dict[str, Any]:
    return {"tenders": (TenderRequest(TenderKind.POINTS, Decimal(points), hold), TenderRequest(TenderKind.CASH, Decimal(cash)))}


@pytest.mark.asyncio
@pytest.mark.parametrize(("basis", "earned"), [("net", 16), ("gross", 20)])
async def test_r53_r8_the_points_tender_captures_its_hold_and_earns_on_the_programs_basis(shop: Shop, basis: str, earned: int):
    await shop.apply(DEMO.replace("currency: USD\n", f"currency: USD\nbasis: {basis}\n", 1))
    member = await shop.member()
    await bought(shop, member, "450.00", partner="fuel")
    hold = await held(shop, member, "450")

    purchase = await bought(shop, member, "20.00", **paid("4.00", hold, "16.00"))

    state = await shop.database.pool.fetchrow("SELECT state, captured FROM hold")
    assert (state["state"], state["captured"]) == ("CAPTURED", 400)
    assert await balance(shop, member) == (450 - 400 + earned, 0)
    assert purchase.detail["tenders"][0]["quantity"] == 400
    await sound(shop)


@pytest.mark.asyncio
async def test_r24_a_purchase_that_earned_and_burned_is_taken_back_as_one_unit_and_the_loop_nets_zero(shop: Shop):
    member = await shop.member()
    await bought(shop, member, "300.00", partner="fuel")
    for parts in (["20.00"], ["5.00", "15.00"], ["0.01", "7.77", "12.22"]):
        before = await balance(shop, member)
        purchase = await bought(shop, member, "20.00", **paid("3.00", await held(shop, member, "300"), "17.00"))
        for part in parts:
            ask = ReverseRequest(f"k-{uuid4()}", ById(member, purchase.transaction_id), f"r-{uuid4()}", ByAmount(Decimal(part), "USD"))
            assert isinstance(await reverse_transaction(shop.desk(), ask), Reversed)
        assert await balance(shop, member) == before
        again = await reverse_transaction(
            shop.desk(), ReverseRequest(f"k-{uuid4()}", ById(member, purchase.transaction_id), f"r-{uuid4()}", Whole())
        )
        assert isinstance(again, Rejected) and again.code == "NOTHING_LEFT_TO_REVERSE"
    await sound(shop)


@pytest.mark.asyncio
async def test_bad_tenders_are_refused_with_their_place_and_nothing_is_posted(shop: Shop):
    member, other = await shop.member(), await shop.member()
    await bought(shop, member, "300.00", partner="fuel")
    hold = await held(shop, member, "200")
    lookup = await shop.lookup(member)
    cases: list[tuple[dict[str, Any], str, tuple[str, ...]]] = [
        (paid("3.00", hold, "17.00"), "ABOVE_HOLD", ("tenders", "0", "amount")),
        (paid("2.00", hold, "17.00"), "LINES_DO_NOT_ADD_UP", ("tenders",)),
        (paid("0.00", hold, "20.00"), "ZERO_QUANTITY", ("tenders", "0", "amount")),
        (paid("2.00", HoldRef(other, hold.hold_id), "18.00"), "NOT_FOUND", ("tenders", "0", "holdId")),
        (paid("2.00", HoldRef(member, uuid4()), "18.00"), "NOT_FOUND", ("tenders", "0", "holdId")),
        ({"tenders": (TenderRequest(TenderKind.POINTS, Decimal("20.00")),)}, "HOLD_REQUIRED", ("tenders", "0", "holdId")),
    ]
    for changes, code, path in cases:
        outcome = await post_transaction(shop.desk(), a_purchase(lookup, "20.00", **changes))
        assert isinstance(outcome, Rejected) and (outcome.code, outcome.path) == (code, path)
        assert code != "ABOVE_HOLD" or outcome.facts == {"at_most": 200, "counted": "money"}  # 200 points are worth $2.00
    foreign = await post_transaction(shop.desk("fuel"), a_purchase(lookup, "20.00", **paid("2.00", hold, "18.00")))
    assert isinstance(foreign, Rejected) and foreign.code == "NOT_FOUND"
    shop.clock.now += timedelta(hours=1)
    lapsed = await post_transaction(shop.desk(), a_purchase(lookup, "20.00", **paid("2.00", hold, "18.00")))
    assert isinstance(lapsed, Rejected) and lapsed.code == "HOLD_NOT_OPEN"
    assert await balance(shop, member) == (300, 0)
    await sound(shop)


@pytest.mark.asyncio
async def test_r24_a_second_part_comes_back_though_the_first_took_points_of_a_lot_that_is_gone_by_now(shop: Shop):
    member = await shop.member()
    await bought(shop, member, "200.00", partner="fuel")
    purchase = await bought(shop, member, "60.00", **paid("2.00", await held(shop, member, "200"), "58.00"))  # earns 58 + 25
    await taken_all(shop, member)
    await bought(shop, member, "12.00")  # which the first part takes
    await reversed_by(shop, purchase, "10.00")
    await taken_all(shop, member)

    await reversed_by(shop, purchase, "50.00")

    posted, debt = await balance(shop, member)
    assert (posted, debt) == (200 + 58 + 25 + 12 - 200 - 83 - await spent_since(shop, member) - (58 + 25) + 200, max(-posted, 0))
    await sound(shop)


async def taken_all(shop: Shop, member: UUID) -> None:
    """The member spends all there is."""
    posted, _ = await balance(shop, member)
    if posted > 0:
        assert isinstance(await redeem(shop.desk("fuel"), a_redemption(await shop.lookup(member), str(posted))), Posted)


async def spent_since(shop: Shop, member: UUID) -> int:
    """What was redeemed beside the first 83."""
    total = "SELECT sum(amount)::int FROM transfer JOIN transaction USING (transaction_id) WHERE kind = 'REDEMPTION' AND unit = 'points'"
    return int(await shop.database.pool.fetchval(total)) - 83


async def reversed_by(shop: Shop, purchase: Recorded, amount: str) -> None:
    ask = ReverseRequest(
        f"k-{uuid4()}", ById(purchase.member_id, purchase.transaction_id), f"r-{uuid4()}", ByAmount(Decimal(amount), "USD")
    )
    assert isinstance(await reverse_transaction(shop.desk(), ask), Reversed)


@pytest.mark.asyncio
async def test_r51_each_tender_gives_back_the_limit_of_the_day_that_its_hold_used_up(shop: Shop):
    member = await shop.member()
    await bought(shop, member, "400.00", partner="fuel")
    shop.clock.now = shop.clock.now.replace(hour=23, minute=55)
    first = await held(shop, member, "100")
    shop.clock.now += timedelta(minutes=10)
    second = await held(shop, member, "200")
    tenders = (TenderRequest(TenderKind.POINTS, Decimal("1.00"), first), TenderRequest(TenderKind.POINTS, Decimal("2.00"), second))
    purchase = await bought(shop, member, "3.00", tenders=tenders)

    for what in (ByAmount(Decimal("1.00"), "USD"), Whole()):
        ask = ReverseRequest(f"k-{uuid4()}", ById(member, purchase.transaction_id), f"r-{uuid4()}", what)
        assert isinstance(await reverse_transaction(shop.desk(), ask), Reversed)

    used = await shop.database.pool.fetch("SELECT value FROM counter WHERE member_id = $1 AND name LIKE 'burn/%'", member)
    assert [row["value"] for row in used] == [0, 0]
    await sound(shop)
