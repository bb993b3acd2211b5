"""Points go from one member to another, in two transactions, exactly once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from builders.people import balances, call_of, earn, owe, sound
from builders.shop import Shop
from honeyguide.ledger.books import broken_rows
from honeyguide.members.handing_over import HandOutIntent, sweep_handovers
from honeyguide.members.lookup import LookupKind, MemberLookup
from honeyguide.quantities import LARGEST_MINOR
from honeyguide.till.intent import Key
from honeyguide.till.outcomes import Posted
from honeyguide.transactions.adjust_account import AdjustIntent
from honeyguide.transactions.outcomes import IdempotencyConflict, InsufficientBalance, MemberNotFound, Rejected
from honeyguide.transactions.transfer_points import TransferRequest, transfer_points


async def transfer(shop: Shop, giver: UUID, receiver: UUID, quantity: str = "30", **more: str):
    given = {"idempotency_key": str(uuid4()), "unit": "points", "reason": "a gift", **more}
    request = TransferRequest(giver=await shop.lookup(giver), receiver=await shop.lookup(receiver), quantity=Decimal(quantity), **given)
    return await transfer_points(call_of(shop), request)


async def test_a_transfer_between_members_keeps_dates_and_issuers_and_what_the_receiver_owes_is_repaid_first(shop: Shop):
    anna, bert = await shop.member(), await shop.member()
    await earn(shop, anna, "100.00")
    await owe(shop, bert, 20)
    (lot,) = await shop.database.pool.fetch("SELECT * FROM lot WHERE member_id = $1", anna)

    outcome = await transfer(shop, anna, bert)

    assert isinstance(outcome, Posted)
    assert await balances(shop, anna) == {"points": lot["issued"] - 30}
    assert await balances(shop, bert) == {"points": 10}
    (received,) = await shop.database.pool.fetch("SELECT * FROM lot WHERE member_id = $1 AND open > 0", bert)
    for name in ("issuer", "earned_at", "available_at", "expires_at"):
        assert received[name] == lot[name]
    assert await sound(shop)


async def test_what_left_one_member_and_did_not_arrive_is_found_and_posted_once(shop: Shop):
    anna, bert = await shop.member(), await shop.member()
    await earn(shop, anna, "100.00")
    await shop.till.submit(HandOutIntent(shop.applied, anna, bert, uuid4(), unit="points", amount=30))  # and the process dies
    assert [row.rule for row in await broken_rows(shop.database.pool, shop.applied.program_id)] == ["what left one member came to another"]

    swept = [await sweep_handovers(shop.till, shop.database, shop.applied, shop.clock()) for _ in range(2)]

    assert swept == [1, 0]
    assert await balances(shop, bert) == {"points": 30}
    assert await sound(shop)


async def test_the_same_key_transfers_once_and_another_body_under_it_conflicts(shop: Shop):
    anna, bert = await shop.member(), await shop.member()
    await earn(shop, anna, "100.00")

    first = await transfer(shop, anna, bert, idempotency_key="key-0001")
    again = await transfer(shop, anna, bert, idempotency_key="key-0001")
    other = await transfer(shop, anna, bert, "31", idempotency_key="key-0001")

    assert isinstance(first, Posted) and isinstance(again, Posted)
    assert (again.replayed, again.recorded.transaction_id) == (True, first.recorded.transaction_id)
    assert other == IdempotencyConflict()
    assert await balances(shop, bert) == {"points": 30}
    assert await sound(shop)


async def test_a_transfer_that_cannot_be_is_refused_by_field_and_the_books_stay(shop: Shop):
    anna, bert = await shop.member(), await shop.member()
    await earn(shop, anna, "100.00")
    had = (await balances(shop, anna))["points"]

    himself = await transfer(shop, anna, anna)
    too_much = await transfer(shop, anna, bert, str(had + 1))
    nothing = await transfer(shop, anna, bert, "0")
    unknown = await transfer(shop, anna, bert, unit="stars")
    request = TransferRequest("key-0002", await shop.lookup(anna), MemberLookup(LookupKind.NUMBER, "0"), "points", Decimal(1), "a gift")
    nobody = await transfer_points(call_of(shop), request)

    assert himself == Rejected("SAME_MEMBER", ("to",))
    assert too_much == InsufficientBalance("points", had + 1, had)
    assert isinstance(nothing, Rejected) and (nothing.code, nothing.path) == ("ZERO_QUANTITY", ("quantity",))
    assert isinstance(unknown, Rejected) and (unknown.code, unknown.path) == ("UNKNOWN_UNIT", ("unit",))
    assert nobody == MemberNotFound(("to",))
    assert await balances(shop, anna) == {"points": had}
    assert await sound(shop)


async def test_points_that_expired_or_wait_are_not_transferred(shop: Shop):
    anna, bert = await shop.member(), await shop.member()
    await earn(shop, anna, "100.00")
    shop.clock.now += timedelta(days=365 * 3)

    outcome = await transfer(shop, anna, bert, "1")

    assert outcome == InsufficientBalance("points", 1, 0)


async def test_a_second_side_that_was_refused_is_posted_once_there_is_room_for_it(shop: Shop):
    anna, bert = await shop.member(), await shop.member()
    await earn(shop, anna, "100.00")
    await give(shop, bert, LARGEST_MINOR - 10)

    first = await transfer(shop, anna, bert)
    refused = await sweep_handovers(shop.till, shop.database, shop.applied, shop.clock())
    before = await balances(shop, bert)
    await give(shop, bert, -50)
    swept = [await sweep_handovers(shop.till, shop.database, shop.applied, shop.clock()) for _ in range(2)]

    assert (type(first), refused) == (Posted, 1)
    assert before == {"points": LARGEST_MINOR - 10}
    assert swept == [1, 0]
    assert await balances(shop, bert) == {"points": LARGEST_MINOR - 30}
    assert await sound(shop)


async def give(shop: Shop, member: UUID, amount: int) -> None:
    intent = AdjustIntent(shop.applied, member, uuid4(), Key("test", str(uuid4()), b""), "points", amount, "GOODWILL", "", "olivia", None)
    assert isinstance(await shop.till.submit(intent), Posted)
