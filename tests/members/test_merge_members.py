"""R40: one member takes another over, and gives back what is left when that is taken back."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from builders.people import balances, call_of, earn, owe, sound
from builders.shop import HANDLE_KEY, Shop, a_purchase, a_redemption
from honeyguide.ledger.recorded import Recorded
from honeyguide.members.handle import HandlePlace, seal_handle
from honeyguide.members.lookup import LookupKind, MemberLookup, find_member
from honeyguide.members.mark_staff import MarkStaff, StaffMarked, mark_staff
from honeyguide.members.merge_members import MergeRequest, merge_members
from honeyguide.members.pooling import sweep_stranded
from honeyguide.members.proof import Proof
from honeyguide.members.store import Job
from honeyguide.members.unmerge_members import UnmergeRequest, unmerge_members
from honeyguide.till.outcomes import KeyConflict, Outcome, Posted, Refused
from honeyguide.transactions.authorize_redemption import authorize_redemption
from honeyguide.transactions.checking import purchase_of
from honeyguide.transactions.outcomes import Parked, Reversed
from honeyguide.transactions.post_transaction import intent_of, post_transaction
from honeyguide.transactions.redeem import redeem
from honeyguide.transactions.requests import AuthorizeRequest, ById, ReverseRequest, Whole
from honeyguide.transactions.reverse_transaction import reverse_transaction
from honeyguide.transactions.sweep_due import sweep_due
from honeyguide.transactions.transfer_points import TransferRequest, transfer_points


async def merge(shop: Shop, source: UUID, target: UUID, key: str | None = None, **more: Any) -> Outcome:
    given = {"keep_higher_tier": True, "note": "one person, two cards", **more}
    request = MergeRequest(key or str(uuid4()), await shop.lookup(source), await shop.lookup(target), **given)
    return await merge_members(call_of(shop), request)


async def merged(shop: Shop, source: UUID, target: UUID, **more: Any) -> Recorded:
    outcome = await merge(shop, source, target, **more)
    assert isinstance(outcome, Posted), outcome
    return outcome.recorded


async def unmerge(shop: Shop, merge: Recorded, key: str | None = None) -> Outcome:
    return await unmerge_members(call_of(shop), UnmergeRequest(key or str(uuid4()), merge.member_id, merge.transaction_id, "it was not"))


async def works(shop: Shop, member: UUID, partner: UUID, **more: Any) -> None:
    lookup = MemberLookup(LookupKind.ID, str(member))
    assert isinstance(await mark_staff(call_of(shop), MarkStaff(str(uuid4()), partner, lookup, **more)), StaffMarked)


async def jobs(shop: Shop, member: UUID) -> dict[UUID, set[Job]]:
    found = await find_member(shop.database.pool, call_of(shop).policy, MemberLookup(LookupKind.ID, str(member)), shop.clock())
    assert found is not None
    return {partner: set(of_partner) for partner, of_partner in found.jobs.items()}


async def lots(shop: Shop, member: UUID) -> list[tuple[Any, ...]]:
    """What is live: issuer, dates and amounts."""
    rows = await shop.database.pool.fetch(
        "SELECT unit, issuer, earned_at, available_at, expires_at, open, pending FROM lot"
        " WHERE member_id = $1 AND open + pending > 0 ORDER BY earned_at, unit, open",
        member,
    )
    return [tuple(row) for row in rows]


async def standing(shop: Shop, member: UUID) -> Any:
    return await shop.database.pool.fetchrow("SELECT * FROM standing WHERE member_id = $1", member)


async def counters(shop: Shop, member: UUID) -> dict[tuple[str, str], int]:
    rows = await shop.database.pool.fetch("SELECT name, period, value FROM counter WHERE member_id = $1 AND value <> 0", member)
    return {(row["name"], row["period"]): row["value"] for row in rows}


@pytest.fixture
async def pair(shop: Shop) -> tuple[UUID, UUID]:
    """Anna has much, Bert a little."""
    anna, bert = await shop.member(), await shop.member()
    await earn(shop, anna, "1200.00")
    shop.clock.move(days=1)
    await earn(shop, bert, "30.00")
    return anna, bert


async def test_r40_a_merge_moves_lots_with_their_dates_and_both_standings_rise(shop: Shop, pair: tuple[UUID, UUID]):
    anna, bert = pair
    had = sorted(await lots(shop, anna) + await lots(shop, bert), key=str)
    versions = [(await standing(shop, member))["version"] for member in pair]

    await merged(shop, anna, bert)

    assert await lots(shop, anna) == []
    assert sorted(await lots(shop, bert), key=str) == had
    assert [(await standing(shop, member))["version"] for member in pair] == [version + 1 for version in versions]
    assert await sound(shop)


@pytest.mark.parametrize("keep", [True, False])
async def test_r40_the_higher_tier_is_kept_if_wished_and_each_keeps_the_day_of_his_tier_year(
    shop: Shop, pair: tuple[UUID, UUID], keep: bool
):
    anna, bert = pair
    days = {anna: date(2020, 4, 1), bert: date(2020, 7, 1)}
    for member, day in days.items():
        await shop.database.pool.execute("UPDATE standing SET year_begins_on = $2 WHERE member_id = $1", member, day)
    high, low = (await standing(shop, anna))["tier"], (await standing(shop, bert))["tier"]
    assert high != low

    merge = await merged(shop, anna, bert, keep_higher_tier=keep)
    held, years = (await standing(shop, bert))["tier"], [(await standing(shop, member))["year_begins_on"] for member in pair]
    await unmerge(shop, merge)

    assert held == (high if keep else low)
    assert years == [days[anna], days[bert]]  # R32: what came along counts in the target's own year
    assert [(await standing(shop, member))["year_begins_on"] for member in pair] == years  # and each has his own again
    assert await sound(shop)


async def test_r40_counters_come_along_so_that_once_only_bonuses_are_not_paid_twice_and_progress_is_the_targets(
    shop: Shop, pair: tuple[UUID, UUID]
):
    anna, bert = pair
    before = await counters(shop, anna), await counters(shop, bert)

    await merged(shop, anna, bert)

    names = before[0].keys() | before[1].keys()
    assert await counters(shop, bert) == {name: before[0].get(name, 0) + before[1].get(name, 0) for name in names}
    assert await sound(shop)


async def test_r40_what_named_the_source_names_the_target_from_then_on(shop: Shop, pair: tuple[UUID, UUID]):
    anna, bert = pair
    number, desk = await shop.lookup(anna), shop.desk()
    old = seal_handle(HANDLE_KEY, HandlePlace(shop.applied.program_id, desk.partner.partner_id, None), anna, Proof.NUMBER, shop.clock())

    await merged(shop, anna, bert)
    found = await find_member(shop.database.pool, desk.policy, number, shop.clock())
    bought = await post_transaction(desk, a_purchase(MemberLookup(LookupKind.HANDLE, old), occurred_at=shop.clock()))

    assert found is not None and found.member_id == bert
    assert isinstance(bought, Posted) and bought.recorded.member_id == bert
    row = await shop.database.pool.fetchrow("SELECT status, merged_into FROM member WHERE member_id = $1", anna)
    assert tuple(row) == ("MERGED", bert)
    assert await sound(shop)


async def test_r40_what_the_source_owes_the_target_repays(shop: Shop):
    anna, bert = await shop.member(), await shop.member()
    await owe(shop, anna, 20)
    await earn(shop, bert, "100.00")
    had = (await balances(shop, bert))["points"]

    await merged(shop, anna, bert)

    assert await balances(shop, anna) == {}
    assert await balances(shop, bert) == {"points": had - 20}
    assert await sound(shop)


async def test_r40_an_unmerge_restores_tiers_counters_names_and_points_in_their_very_lots(shop: Shop, pair: tuple[UUID, UUID]):
    anna, bert = pair
    number = await shop.lookup(anna)
    had = [(await lots(shop, member), await counters(shop, member), (await standing(shop, member))["tier"]) for member in pair]
    merge = await merged(shop, anna, bert)
    await sound(shop)

    outcome = await unmerge(shop, merge)

    assert isinstance(outcome, Posted), outcome
    assert [(await lots(shop, member), await counters(shop, member), (await standing(shop, member))["tier"]) for member in pair] == had
    found = await find_member(shop.database.pool, shop.desk().policy, number, shop.clock())
    assert found is not None and found.member_id == anna
    assert await sound(shop)


async def test_r40_an_unmerge_gives_back_what_is_left_unspent_and_later_purchases_stay(shop: Shop, pair: tuple[UUID, UUID]):
    anna, bert = pair
    total = (await balances(shop, anna))["points"] + (await balances(shop, bert))["points"]
    merge = await merged(shop, anna, bert)
    shop.clock.move(hours=1)
    spent = await redeem(shop.desk(), a_redemption(await shop.lookup(bert), "50"))  # Anna's are older and burn first
    bought = await earn(shop, bert, "10.00")
    gained = sum(one["quantity"] for one in bought.detail["accruals"] if one["unit"] == "points")

    await unmerge(shop, merge)

    assert isinstance(spent, Posted)
    after = [(await balances(shop, member))["points"] for member in pair]
    assert sum(after) == total - 50 + gained
    assert after[1] >= gained
    assert await sound(shop)


async def test_r40_a_second_unmerge_and_an_unknown_one_are_refused(shop: Shop, pair: tuple[UUID, UUID]):
    merge = await merged(shop, *pair)
    await unmerge(shop, merge)
    had = [await lots(shop, member) for member in pair]

    again = await unmerge(shop, merge)
    unknown = await unmerge_members(call_of(shop), UnmergeRequest("key-unknown", pair[0], uuid4(), "no"))

    assert again == Refused("NOTHING_LEFT_TO_REVERSE", {"path": ["merge"]}, replayed=False)
    assert unknown == Refused("NOT_FOUND", {"path": ["merge"]}, replayed=False)
    assert [await lots(shop, member) for member in pair] == had
    assert await sound(shop)


async def test_r40_the_tier_that_the_target_earned_since_the_merge_stays(shop: Shop, pair: tuple[UUID, UUID]):
    anna, bert = pair
    merge = await merged(shop, anna, bert)
    shop.clock.move(days=1)
    await earn(shop, bert, "9000.00")
    earned = (await standing(shop, bert))["tier"]

    await unmerge(shop, merge)

    assert (await standing(shop, bert))["tier"] == earned
    assert await sound(shop)


async def test_the_same_key_merges_once_although_the_sources_number_names_the_target_by_then(shop: Shop, pair: tuple[UUID, UUID]):
    first = await merge(shop, *pair, key="merge-01")

    again = await merge(shop, *pair, key="merge-01")
    other = await merge(shop, *pair, key="merge-01", note="another")
    twice = await merge(shop, *pair)

    assert isinstance(first, Posted) and isinstance(again, Posted)
    assert (again.replayed, again.recorded) == (True, first.recorded)
    assert other == KeyConflict()
    assert twice == Refused("SAME_MEMBER", {"path": ["target"]}, replayed=False)
    assert await sound(shop)


async def test_r40_who_takes_over_somebody_who_works_at_a_partner_works_there_until_it_is_taken_back(
    shop: Shop, pair: tuple[UUID, UUID]
) -> None:
    anna, bert = pair
    carl = await shop.member()
    grocer, fuel = (shop.partners[name].partner_id for name in ("grocer", "fuel"))
    await works(shop, anna, grocer, cashier="7")
    await works(shop, bert, grocer, location="main", cashier="8")
    await works(shop, bert, fuel)

    first = await merged(shop, anna, bert)
    second = await merged(shop, bert, carl)
    of_carl = await jobs(shop, carl)
    await unmerge(shop, second)
    of_bert, none = await jobs(shop, bert), await jobs(shop, carl)
    await unmerge(shop, first)

    assert of_carl == of_bert == {grocer: {Job(None, "7"), Job("main", "8")}, fuel: {Job(None, None)}}
    assert none == {}
    assert await jobs(shop, anna) == {grocer: {Job(None, "7")}}
    assert await jobs(shop, bert) == {grocer: {Job("main", "8")}, fuel: {Job(None, None)}}


async def test_a_merged_cashier_does_not_post_for_himself_at_either_of_his_tills(shop: Shop, pair: tuple[UUID, UUID]) -> None:
    anna, bert = pair
    grocer = shop.partners["grocer"].partner_id
    await works(shop, anna, grocer, cashier="7")
    await works(shop, bert, grocer, cashier="8")
    await merged(shop, anna, bert)
    lookup = await shop.lookup(bert)

    told = [await post_transaction(shop.desk(), a_purchase(lookup, cashier=cashier)) for cashier in ("7", "8", "9")]

    assert [one.reason if isinstance(one, Parked) else "posted" for one in told] == ["STAFF_OWN_TILL", "STAFF_OWN_TILL", "posted"]


async def test_who_left_the_shop_has_left_it_with_whom_he_took_over_and_who_is_marked_anew_is_so_as_said(
    shop: Shop, pair: tuple[UUID, UUID]
) -> None:
    anna, bert = pair
    grocer, fuel = (shop.partners[name].partner_id for name in ("grocer", "fuel"))
    await works(shop, anna, grocer, cashier="7")
    await works(shop, anna, fuel, cashier="7")
    merge = await merged(shop, anna, bert)

    await works(shop, bert, grocer, works=False)
    await works(shop, bert, fuel, cashier="9")
    of_bert = await jobs(shop, bert)
    await unmerge(shop, merge)

    assert of_bert == {fuel: {Job(None, "9")}}
    assert await jobs(shop, anna) == {fuel: {Job(None, "7")}}
    assert await jobs(shop, bert) == of_bert


async def test_a_merge_with_oneself_with_nobody_or_with_somebody_gone_is_refused_and_the_books_stay(shop: Shop, pair: tuple[UUID, UUID]):
    anna, bert = pair
    had = await lots(shop, anna)
    nobody = MergeRequest("key-0001", await shop.lookup(anna), MemberLookup(LookupKind.NUMBER, "0"), True, "x")

    refusals = [await merge(shop, anna, anna), await merge_members(call_of(shop), nobody)]
    for status in ("CLOSED", "ERASED"):
        await shop.database.pool.execute("UPDATE member SET status = $2 WHERE member_id = $1", bert, status)
        refusals.append(await merge(shop, anna, bert))
    await shop.database.pool.execute("UPDATE member SET status = 'FROZEN' WHERE member_id = $1", bert)
    refusals.append(await merge(shop, anna, bert))

    gone = Refused("MEMBER_NOT_FOUND", {"path": ["target"]}, replayed=False)
    assert refusals == [
        Refused("SAME_MEMBER", {"path": ["target"]}, replayed=False),
        *[gone] * 3,
        Refused("NOT_ALLOWED", {"path": ["target"]}, replayed=False),
    ]
    assert await lots(shop, anna) == had
    assert await sound(shop)


async def test_a_member_of_another_program_is_not_found(shop: Shop, pair: tuple[UUID, UUID]):
    lookup = await shop.lookup(pair[1])
    await shop.database.pool.execute("UPDATE identifier SET program_id = gen_random_uuid() WHERE member_id = $1", pair[1])

    refused = await merge_members(call_of(shop), MergeRequest("key-0001", await shop.lookup(pair[0]), lookup, True, "x"))

    assert refused == Refused("MEMBER_NOT_FOUND", {"path": ["target"]}, replayed=False)


async def test_a_shop_that_was_promised_points_of_the_source_keeps_its_hold_and_the_merge_waits(shop: Shop, pair: tuple[UUID, UUID]):
    anna, bert = pair
    request = AuthorizeRequest(str(uuid4()), await shop.lookup(anna), str(uuid4()), "points", Decimal(40), ttl_seconds=900)
    assert isinstance(await authorize_redemption(shop.desk(), request), Posted)

    refused = await merge(shop, anna, bert)
    shop.clock.move(minutes=16)
    lapsed = await merge(shop, anna, bert)

    assert refused == Refused("HOLD_OPEN", {"path": ["source"]}, replayed=False)
    assert isinstance(lapsed, Posted)
    assert await balances(shop, anna) == {}
    assert await sound(shop)


async def test_of_two_merges_crosswise_at_once_one_wins_and_neither_waits_for_ever(shop: Shop, pair: tuple[UUID, UUID]):
    anna, bert = pair
    total = sum([(await balances(shop, member))["points"] for member in pair])

    outcomes = await asyncio.gather(merge(shop, anna, bert), merge(shop, bert, anna))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Posted", "Refused"]
    assert sum([(await balances(shop, member)).get("points", 0) for member in pair]) == total
    assert await sound(shop)


async def test_purchases_under_way_while_their_member_is_merged_reach_the_target(shop: Shop, pair: tuple[UUID, UUID]):
    anna, bert = pair
    number, desk = await shop.lookup(anna), shop.desk()
    late = await find_member(shop.database.pool, desk.policy, number, shop.clock())  # looked up before, posted after
    assert late is not None
    await merged(shop, anna, bert)
    request = a_purchase(number, "10.00", occurred_at=shop.clock())
    purchase = purchase_of(desk, request, request.occurred_at)
    assert isinstance(await shop.till.submit(intent_of(desk, request, late.member_id, purchase, shop.applied)), Posted)  # type: ignore[arg-type]
    had = (await balances(shop, bert))["points"]

    swept = [await sweep_stranded(shop.till, shop.database, shop.applied) for _ in range(2)]

    assert swept == [1, 0]
    assert await balances(shop, anna) == {}
    assert (await balances(shop, bert))["points"] == had + 10
    assert await sound(shop)


async def test_a_pending_lot_comes_along_and_matures_at_the_target_on_its_day(shop: Shop):
    anna, bert = await shop.member(), await shop.member()
    fuel = a_purchase(await shop.lookup(anna), "50.00", occurred_at=shop.clock())
    posted = await post_transaction(shop.desk("fuel"), fuel)
    assert isinstance(posted, Posted)
    waiting = await shop.database.pool.fetchval("SELECT sum(pending) FROM lot WHERE member_id = $1", anna)
    assert waiting

    await merged(shop, anna, bert)
    assert await shop.database.pool.fetchval("SELECT sum(pending) FROM lot WHERE member_id = $1", bert) == waiting
    shop.clock.now += timedelta(days=60)
    await earn(shop, bert, "1.00")

    assert (
        await shop.database.pool.fetchval(
            "SELECT sum(pending) FROM lot WHERE member_id = $1 AND earned_at < $2", bert, shop.clock() - timedelta(days=1)
        )
        == 0
    )
    assert await sound(shop)


async def test_what_a_return_under_way_left_a_merged_member_owing_the_target_owes_and_an_unmerge_gives_it_back(shop: Shop):
    anna, bert = await shop.member(), await shop.member()
    merge = await merged(shop, anna, bert)
    await owe(shop, anna, 40)  # the return was decided on her own books: nobody had taken her over when it was looked up

    swept = [await sweep_stranded(shop.till, shop.database, shop.applied) for _ in range(2)]
    after = await balances(shop, anna), await balances(shop, bert)
    await unmerge(shop, merge)

    assert swept == [1, 0]
    assert after == ({}, {"points": -40})
    assert (await balances(shop, anna), await balances(shop, bert)) == ({"points": -40}, {})
    assert await sound(shop)


async def test_r40_what_came_back_to_the_source_while_merged_returns_to_it_with_an_unmerge_and_a_gift_of_before_does_not(shop: Shop):
    anna, bert = await shop.member(), await shop.member()
    await earn(shop, anna, "100.00")
    spent = await redeem(shop.desk(), a_redemption(await shop.lookup(anna), "60"))
    assert isinstance(spent, Posted)
    gift = TransferRequest(str(uuid4()), await shop.lookup(anna), await shop.lookup(bert), "points", Decimal(10), "a gift")
    assert isinstance(await transfer_points(call_of(shop), gift), Posted)
    had = (await balances(shop, anna))["points"]
    live = await shop.database.pool.fetchval("SELECT count(*) FROM lot WHERE member_id = $1", anna)
    merge = await merged(shop, anna, bert)
    request = ReverseRequest(str(uuid4()), ById(anna, spent.recorded.transaction_id), str(uuid4()), Whole())
    assert isinstance(await reverse_transaction(shop.desk(), request), Reversed)

    await unmerge(shop, merge)

    assert await balances(shop, anna) == {"points": had + 60}
    assert await balances(shop, bert) == {"points": 10}
    assert await shop.database.pool.fetchval("SELECT count(*) FROM lot WHERE member_id = $1", anna) == live
    assert await sound(shop)


async def test_r27_what_expired_at_the_target_is_no_debt_of_the_source_after_an_unmerge(shop: Shop):
    anna, bert = await shop.member(), await shop.member()
    bought = await earn(shop, anna, "40.00")
    merge = await merged(shop, anna, bert)
    shop.clock.move(days=800)
    await sweep_due(shop.till, shop.database, shop.applied, shop.clock())

    await unmerge(shop, merge)
    request = ReverseRequest(str(uuid4()), ById(anna, bought.transaction_id), str(uuid4()), Whole())
    assert isinstance(await reverse_transaction(shop.desk(), request), Reversed)

    assert (await balances(shop, anna), await balances(shop, bert)) == ({}, {})
    assert await sound(shop)
