"""Households: who joins, earns into, may burn and leave, with what."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from builders.people import balances, call_of, earn, owe, sound
from builders.shop import DEMO, HANDLE_KEY, Shop, a_line, a_purchase, a_redemption
from honeyguide.ledger.recorded import Recorded
from honeyguide.members.handing_over import HandOutIntent, sweep_handovers
from honeyguide.members.household import Invited, invite_to_household, set_may_burn
from honeyguide.members.households import household_members, membership
from honeyguide.members.invitation import invitation_key
from honeyguide.members.join_household import FoundRequest, JoinRequest, found_household, join_household
from honeyguide.members.leave_household import LeaveRequest, RemoveRequest, leave_household, remove_member
from honeyguide.members.pooling import sweep_earnings, sweep_stranded
from honeyguide.till.outcomes import Outcome, Posted, Refused
from honeyguide.transactions.outcomes import InsufficientBalance, ProofRequired, Reversed
from honeyguide.transactions.post_transaction import post_transaction
from honeyguide.transactions.redeem import redeem
from honeyguide.transactions.requests import ById, ReverseRequest, Whole
from honeyguide.transactions.reverse_transaction import reverse_transaction
from honeyguide.transactions.sweep_due import sweep_due

KEY = invitation_key(HANDLE_KEY)


def refused(code: str, *path: str) -> Refused:
    return Refused(code, {"path": list(path)} if path else {}, replayed=False)


async def found(shop: Shop, owner: UUID, key: str | None = None) -> Outcome:
    return await found_household(call_of(shop, owner), FoundRequest(key or str(uuid4())))


async def token(shop: Shop, owner: UUID) -> str:
    invited = await invite_to_household(call_of(shop, owner), KEY)
    assert isinstance(invited, Invited), invited
    return invited.token


async def join(shop: Shop, owner: UUID, member: UUID) -> Outcome:
    return await join_household(call_of(shop, member), JoinRequest(str(uuid4()), await token(shop, owner)), KEY)


async def leave(shop: Shop, member: UUID) -> Outcome:
    return await leave_household(call_of(shop, member), LeaveRequest(str(uuid4())))


async def pool_of(shop: Shop, member: UUID) -> UUID:
    mine = await membership(shop.database.pool, shop.applied.program_id, member)
    assert mine is not None
    return mine.household_id


async def members_of(shop: Shop, household: UUID) -> list[tuple[UUID, bool, bool]]:
    members = await household_members(shop.database.pool, shop.applied.program_id, household)
    return [(one.member_id, one.is_owner, one.may_burn) for one in members]


async def a_family(shop: Shop, rules: str = "{max_members: 3}") -> tuple[UUID, UUID, UUID]:
    """Anna owns it and has 100 dollars' worth, Bert joins with 50; and the pool."""
    await shop.apply(_without_households() + f"\nhouseholds: {rules}\n")
    anna, bert = await shop.member(), await shop.member()
    await earn(shop, anna, "100.00")
    await earn(shop, bert, "50.00")
    assert isinstance(await found(shop, anna), Posted)
    shop.clock.move(minutes=1)
    assert isinstance(await join(shop, anna, bert), Posted)
    return anna, bert, await pool_of(shop, anna)


def _without_households() -> str:
    return re.sub(r"^households:.*\n", "", DEMO, flags=re.MULTILINE)


async def points(shop: Shop, *members: UUID) -> list[int]:
    return [(await balances(shop, member)).get("points", 0) for member in members]


async def test_who_joins_brings_what_he_has_with_its_dates(shop: Shop):
    anna, bert, pool = await a_family(shop)

    assert await points(shop, anna, bert, pool) == [0, 0, 225]
    assert await members_of(shop, pool) == [(anna, True, True), (bert, False, False)]
    assert await sound(shop)


async def test_who_joins_with_nothing_keeps_his_points_apart_and_earns_into_the_pool_from_then_on(shop: Shop):
    anna, bert, pool = await a_family(shop, "{joins_with: nothing}")
    assert await points(shop, anna, bert, pool) == [150, 75, 0]

    await earn(shop, bert, "10.00")

    assert await points(shop, anna, bert, pool) == [150, 75, 10]
    assert await sweep_earnings(shop.till, shop.database, shop.applied) == 0
    assert await sound(shop)


async def test_members_earn_into_the_pool_and_the_answer_tells_what_was_earned(shop: Shop):
    _anna, bert, pool = await a_family(shop)

    bought = await earn(shop, bert, "10.00")

    assert sum(one["quantity"] for one in bought.detail["accruals"] if one["unit"] == "points") == 10
    assert await points(shop, bert, pool) == [0, 235]
    assert await sound(shop)


async def test_what_was_earned_while_nobody_handed_it_over_is_found_by_the_sweep_once(shop: Shop):
    _anna, bert, _ = await a_family(shop)
    await _earn_without_pooling(shop, bert)
    assert (await points(shop, bert))[0] > 0

    swept = [await sweep_earnings(shop.till, shop.database, shop.applied) for _ in range(2)]

    assert swept == [1, 0]
    assert await points(shop, bert) == [0]
    assert await sweep_handovers(shop.till, shop.database, shop.applied, shop.clock()) == 0
    assert await sound(shop)


async def _earn_without_pooling(shop: Shop, member: UUID) -> Recorded:
    """The process died between the post and the handing over."""
    household = await shop.database.pool.fetchrow("DELETE FROM household_member WHERE member_id = $1 RETURNING *", member)
    bought = await earn(shop, member, "10.00")
    await shop.database.pool.execute(
        "INSERT INTO household_member (program_id, member_id, household_id, may_burn, joined_at, since_version)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        *(household[name] for name in ("program_id", "member_id", "household_id", "may_burn", "joined_at", "since_version")),
    )
    return bought


async def test_what_reaches_a_pool_that_closed_meanwhile_goes_to_who_was_its_last_member(shop: Shop):
    anna, bert, pool = await a_family(shop)
    await leave(shop, bert)
    bought = await _earn_without_pooling(shop, anna)
    first = HandOutIntent(shop.applied, anna, pool, uuid4(), earned_by=frozenset((bought.transaction_id,)))
    await shop.till.submit(first)  # and the process dies; meanwhile the last one leaves
    await leave(shop, anna)
    had = (await points(shop, anna))[0]

    await sweep_handovers(shop.till, shop.database, shop.applied, shop.clock())
    swept = [await sweep_stranded(shop.till, shop.database, shop.applied) for _ in range(2)]

    assert swept == [1, 0]
    assert await points(shop, anna, pool) == [had + 10, 0]
    assert await sound(shop)


async def test_who_may_burn_redeems_from_the_pool_and_who_may_not_has_nothing_to_redeem(shop: Shop):
    anna, bert, pool = await a_family(shop)

    refusal = await redeem(shop.desk(), a_redemption(await shop.lookup(bert), "20"))
    allowed = await set_may_burn(call_of(shop, anna), bert, True)
    taken = await redeem(shop.desk(), a_redemption(await shop.lookup(bert), "20"))

    assert refusal == InsufficientBalance("points", 20, 0)
    assert allowed == pool
    assert isinstance(taken, Posted) and (taken.recorded.member_id, taken.recorded.detail["by_member"]) == (pool, str(bert))
    assert await points(shop, pool) == [205]
    assert await sound(shop)


async def test_r15_of_twenty_redemptions_at_once_by_two_members_only_what_the_pool_covers_succeeds(shop: Shop):
    anna, bert, pool = await a_family(shop)
    await set_may_burn(call_of(shop, anna), bert, True)
    lookups = [await shop.lookup(anna), await shop.lookup(bert)]

    outcomes = await asyncio.gather(*(redeem(shop.desk(), a_redemption(lookups[number % 2], "50")) for number in range(20)))

    assert sum(isinstance(outcome, Posted) for outcome in outcomes) == 4
    assert sum(isinstance(outcome, InsufficientBalance) for outcome in outcomes) == 16
    assert await points(shop, pool) == [25]
    assert await sound(shop)


async def test_who_leaves_takes_what_is_left_of_his_own_lots_back_into_them(shop: Shop):
    anna, bert, pool = await a_family(shop)
    await earn(shop, bert, "10.00")
    before = await shop.database.pool.fetchval("SELECT count(*) FROM lot WHERE member_id = $1", bert)

    outcome = await leave(shop, bert)

    assert isinstance(outcome, Posted), outcome
    assert await points(shop, anna, bert, pool) == [0, 85, 150]
    assert await shop.database.pool.fetchval("SELECT count(*) FROM lot WHERE member_id = $1", bert) == before
    assert await members_of(shop, pool) == [(anna, True, True)]
    assert await sound(shop)


async def test_who_leaves_with_nothing_leaves_all_in_the_pool(shop: Shop):
    _anna, bert, pool = await a_family(shop, "{leaves_with: nothing}")

    await leave(shop, bert)

    assert await points(shop, bert, pool) == [0, 225]
    assert await sound(shop)


@pytest.mark.parametrize("rules", ["{max_members: 3}", "{leaves_with: nothing}"])
async def test_an_owner_who_leaves_is_followed_by_the_longest_member_and_the_last_one_takes_the_rest(shop: Shop, rules: str):
    anna, bert, pool = await a_family(shop, rules)

    await leave(shop, anna)
    followed = await members_of(shop, pool)
    await leave(shop, bert)

    assert [row[:2] for row in followed] == [(bert, True)]
    assert sum(await points(shop, anna, bert)) == 225
    assert (await points(shop, pool), await members_of(shop, pool)) == ([0], [])
    assert await sound(shop)


async def test_the_owner_removes_a_member_who_takes_along_his_own(shop: Shop):
    anna, bert, pool = await a_family(shop)

    not_his = await remove_member(call_of(shop, bert), RemoveRequest("key-0001", anna))
    removed = await remove_member(call_of(shop, anna), RemoveRequest("key-0002", bert))

    assert not_his == refused("NOT_ALLOWED", "member")
    assert isinstance(removed, Posted)
    assert await points(shop, bert, pool) == [75, 150]
    assert await sound(shop)


async def test_a_return_of_a_members_purchase_is_paid_by_the_pool_and_after_he_left_by_himself(shop: Shop):
    _anna, bert, pool = await a_family(shop)
    one, two = await earn(shop, bert, "10.00"), await earn(shop, bert, "20.00")
    had = (await points(shop, pool))[0]

    returned = [await _returned(shop, one)]
    after_one = await points(shop, bert, pool)
    await leave(shop, bert)
    returned.append(await _returned(shop, two))

    assert all(isinstance(outcome, Reversed) for outcome in returned), returned
    assert after_one == [0, had - 10]
    assert await points(shop, bert, pool) == [75, 150]
    assert await sound(shop)


async def test_what_the_pool_spent_of_a_returned_purchase_the_pool_owes(shop: Shop):
    anna, bert, pool = await a_family(shop)
    bought = await earn(shop, bert, "10.00")
    assert isinstance(await redeem(shop.desk(), a_redemption(await shop.lookup(anna), "230")), Posted)

    await _returned(shop, bought)

    assert await points(shop, bert, pool) == [0, 5 - 10]
    assert await sound(shop)


async def _returned(shop: Shop, of: Any) -> Any:
    request = ReverseRequest(str(uuid4()), ById(of.member_id, of.transaction_id), str(uuid4()), Whole())
    return await reverse_transaction(shop.desk(), request)


async def test_joining_twice_a_full_household_and_a_forged_or_old_invitation_are_refused_and_the_books_stay(shop: Shop):
    anna, bert, pool = await a_family(shop, "{max_members: 2}")
    carl = await shop.member()
    await earn(shop, carl, "10.00")
    good = await token(shop, anna)
    forged = good[:-2] + ("AA" if good[-2:] != "AA" else "BB")

    twice = [await join(shop, anna, bert), await found(shop, bert)]
    full = await join(shop, anna, carl)
    wrong = [
        await join_household(call_of(shop, carl), JoinRequest(f"key-{n:04}", text), KEY)
        for n, text in enumerate((forged, "", "x" * 500, "é"))
    ]
    of_another = await join_household(call_of(shop, carl), JoinRequest("key-9001", good), invitation_key(b"another"))
    shop.clock.move(days=1)
    old = await join_household(call_of(shop, carl), JoinRequest("key-9002", good), KEY)

    assert twice == [refused("ALREADY_EXISTS")] * 2
    assert full == refused("HOUSEHOLD_FULL", "token")
    assert [*wrong, of_another, old] == [refused("CODE_REJECTED", "token")] * 6
    assert await points(shop, carl, pool) == [10, 225]
    assert await sound(shop)


async def test_of_two_who_join_at_once_only_one_finds_the_last_place(shop: Shop):
    anna, _bert, _ = await a_family(shop)
    late = [await shop.member() for _ in range(4)]
    invitation = await token(shop, anna)

    outcomes = await asyncio.gather(*(join_household(call_of(shop, member), JoinRequest(str(uuid4()), invitation), KEY) for member in late))

    assert sum(isinstance(outcome, Posted) for outcome in outcomes) == 1
    assert [outcome.code for outcome in outcomes if isinstance(outcome, Refused)] == ["HOUSEHOLD_FULL"] * 3
    assert await sound(shop)


async def test_a_program_without_households_founds_none_and_only_owners_invite_and_allow(shop: Shop):
    dora = await shop.member()
    without = replace(shop.applied, program=shop.applied.program.model_copy(update={"households": None}))
    none = await found_household(replace(call_of(shop, dora), applied=without), FoundRequest("key-0001"))
    anna, bert, _ = await a_family(shop)

    assert none == refused("NOT_ALLOWED")
    assert await invite_to_household(call_of(shop, bert), KEY) == refused("NOT_ALLOWED")
    assert await invite_to_household(call_of(shop, dora), KEY) == refused("NOT_FOUND")
    assert await set_may_burn(call_of(shop, bert), bert, True) == refused("NOT_ALLOWED", "member")
    assert await set_may_burn(call_of(shop, anna), dora, True) == refused("NOT_FOUND", "member")
    assert await leave(shop, dora) == refused("NOT_FOUND")


async def test_the_same_key_founds_joins_and_leaves_once(shop: Shop):
    anna, _bert, _ = await a_family(shop)
    carl = await shop.member()
    request = JoinRequest("key-0001", await token(shop, anna))

    joined = [await join_household(call_of(shop, carl), request, KEY) for _ in range(2)]
    left = [await leave_household(call_of(shop, carl), LeaveRequest("key-0002")) for _ in range(2)]
    dora = await shop.member()
    founded = [await found(shop, dora, "key-0003") for _ in range(2)]

    for first, again in (joined, left, founded):
        assert isinstance(first, Posted) and isinstance(again, Posted)
        assert (first.replayed, again.replayed, again.recorded) == (False, True, first.recorded)
    assert await sound(shop)


async def test_r51_what_a_member_redeemed_by_himself_gives_no_limit_back_to_the_pool(shop: Shop):
    await shop.apply(_without_households() + "\nhouseholds: {max_members: 6, joins_with: nothing}\n")
    owner, other = await shop.member(), await shop.member()
    await earn(shop, other, "300.00")
    alone = await redeem(shop.desk(), a_redemption(await shop.lookup(other), "300"))
    assert isinstance(alone, Posted)
    await found(shop, owner)
    await join(shop, owner, other)
    await earn(shop, owner, "900.00")
    assert isinstance(await redeem(shop.desk(), a_redemption(await shop.lookup(owner), "500")), Posted)  # all that a day allows

    request = ReverseRequest(str(uuid4()), ById(other, alone.recorded.transaction_id), str(uuid4()), Whole())
    assert isinstance(await reverse_transaction(shop.desk(), request), Reversed)

    again = await redeem(shop.desk(), a_redemption(await shop.lookup(owner), "1"))
    assert isinstance(again, ProofRequired), again


async def test_r50_articles_bought_and_returned_again_do_not_grow_in_the_pool_where_losses_are_written_off(shop: Shop):
    await shop.apply(DEMO.replace("    worth: 0.01\n", "    worth: 0.01\n    clawback: clamp\n"))
    owner = await shop.member()
    await found(shop, owner)
    pear = replace(a_line(1, "40.00", "PRODUCE"), sku="pear")
    for _ in range(3):
        await earn(shop, owner, "40.00", lines=(pear,))
        await earn(shop, owner, "-40.00", lines=(replace(pear, amount=-pear.amount, quantity=-pear.quantity),))

    pool = await pool_of(shop, owner)
    assert (await balances(shop, pool), await balances(shop, owner)) == ({"points": 80}, {"points": -80})
    await leave(shop, owner)
    assert (await balances(shop, pool), await balances(shop, owner)) == ({}, {})
    assert await sound(shop)


async def test_r29_what_a_member_earns_moves_the_date_of_a_pool_that_rolls(shop: Shop):
    await shop.apply(DEMO.replace("expiry: {after: {months: 24}}", "expiry: {inactivity: {months: 1, by: [purchase]}}"))
    owner = await shop.member()
    await found(shop, owner)
    for _ in range(3):
        await earn(shop, owner, "10.00")
        shop.clock.move(days=20)
    await sweep_due(shop.till, shop.database, shop.applied, shop.clock())

    assert await balances(shop, await pool_of(shop, owner)) == {"points": 30}
    assert await sound(shop)


async def test_what_a_member_owed_before_a_return_is_not_paid_by_the_pool(shop: Shop):
    await shop.apply(_without_households() + "\nhouseholds: {max_members: 6, joins_with: nothing}\n")
    owner, other = await shop.member(), await shop.member()
    await found(shop, owner)
    await join(shop, owner, other)
    bought = await earn(shop, other, "40.00")
    await earn(shop, owner, "40.00")
    await owe(shop, other, 50)

    request = ReverseRequest(str(uuid4()), ById(other, bought.transaction_id), str(uuid4()), Whole())
    assert isinstance(await reverse_transaction(shop.desk(), request), Reversed)

    assert await balances(shop, await pool_of(shop, owner)) == {"points": 40}
    assert await balances(shop, other) == {"points": -50}
    assert await sound(shop)


async def test_a_members_debt_stays_his_when_he_joins_a_household_and_leaves_it_again(shop: Shop):
    anna, _bert, pool = await a_family(shop)
    carl = await shop.member()
    await owe(shop, carl, 500)

    joined = await join(shop, anna, carl)
    inside = await points(shop, carl, pool)
    await leave(shop, carl)

    assert isinstance(joined, Posted)
    assert (inside, await points(shop, carl, pool)) == ([-500, 225], [-500, 225])
    assert await sound(shop)


async def test_what_waits_to_repay_a_members_debt_stays_his_when_he_joins_and_when_he_earns_in_the_household(shop: Shop):
    anna, _bert, pool = await a_family(shop)
    carl, dora = await shop.member(), await shop.member()
    unit, waiting = await _fuel(shop, carl)
    await owe(shop, carl, waiting - 5, unit)
    await owe(shop, dora, waiting - 5, unit)

    await join(shop, anna, carl)
    brought = (await balances(shop, pool)).get(unit, 0)
    await leave(shop, carl)
    await join(shop, anna, dora)
    await _fuel(shop, dora)
    swept = await sweep_earnings(shop.till, shop.database, shop.applied)
    before = [(await balances(shop, member)).get(unit, 0) for member in (carl, dora, pool)]
    shop.clock.move(days=60)
    await sweep_due(shop.till, shop.database, shop.applied, shop.clock())
    await sweep_earnings(shop.till, shop.database, shop.applied)
    after = [(await balances(shop, member)).get(unit, 0) for member in (carl, dora, pool)]

    assert (brought, swept) == (0, 0)
    assert (before, after) == ([5, 5, 0], [5, 0, 5])
    assert await sound(shop)


async def _fuel(shop: Shop, member: UUID) -> tuple[str, int]:
    """What it gives waits for some weeks: how much of what."""
    posted = await post_transaction(shop.desk("fuel"), a_purchase(await shop.lookup(member), "50.00", occurred_at=shop.clock()))
    assert isinstance(posted, Posted)
    row = await shop.database.pool.fetchrow("SELECT unit, pending FROM lot WHERE member_id = $1 AND pending > 0", member)
    return row["unit"], row["pending"]


@pytest.mark.parametrize("rules", ["{max_members: 3}", "{leaves_with: nothing}"])
async def test_what_the_pool_owes_of_a_members_returned_purchase_is_his_debt_again_when_he_leaves(shop: Shop, rules: str):
    anna, bert, pool = await a_family(shop, rules)
    bought = await earn(shop, bert, "40.00")
    assert isinstance(await redeem(shop.desk(), a_redemption(await shop.lookup(anna), "265")), Posted)
    await _returned(shop, bought)
    inside = await points(shop, bert, pool)

    await leave(shop, bert)

    assert (inside, await points(shop, bert, pool)) == ([0, -40], [-40, 0])
    assert await sound(shop)


async def test_what_others_repaid_of_it_in_the_pool_is_no_debt_of_who_leaves(shop: Shop):
    anna, bert, pool = await a_family(shop)
    bought = await earn(shop, bert, "40.00")
    assert isinstance(await redeem(shop.desk(), a_redemption(await shop.lookup(anna), "265")), Posted)
    await _returned(shop, bought)
    await earn(shop, anna, "30.00")

    await leave(shop, anna)
    owes_still = await points(shop, anna, pool)
    await leave(shop, bert)

    assert owes_still == [0, -10]
    assert await points(shop, bert, pool) == [-10, 0]
    assert await sound(shop)


@pytest.mark.parametrize("rules", ["{max_members: 3}", "{leaves_with: nothing}"])
async def test_r27_what_expired_in_the_pool_is_no_debt_of_who_left_when_its_purchase_is_returned(shop: Shop, rules: str):
    anna, bert, pool = await a_family(shop, rules)
    bought = await earn(shop, bert, "40.00")
    shop.clock.move(days=800)
    await sweep_due(shop.till, shop.database, shop.applied, shop.clock())
    await owe(shop, bert, 7)
    left = await leave(shop, bert)

    await _returned(shop, bought)

    assert isinstance(left, Posted)
    assert left.recorded.detail["because"] == []
    assert await points(shop, anna, bert, pool) == [0, -7, 0]
    assert await sound(shop)


async def test_r27_what_expired_in_the_pool_of_the_last_member_is_not_lost_twice_either(shop: Shop):
    anna, bert, pool = await a_family(shop)
    bought = await earn(shop, anna, "40.00")
    shop.clock.move(days=800)
    await leave(shop, bert)
    await leave(shop, anna)

    await _returned(shop, bought)

    assert await points(shop, anna, bert, pool) == [0, 0, 0]
    assert await sound(shop)
