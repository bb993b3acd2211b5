"""A membership ends, and its books with it."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest
from uuid_utils.compat import uuid7

from builders.people import balances, call_of, earn, owe, sound
from builders.shop import DEMO, Shop, a_purchase, a_redemption
from honeyguide.ledger.books import open_member
from honeyguide.ledger.recorded import TransactionKind
from honeyguide.members.close_account import CloseAccount, MembershipChanged, close_account, closing
from honeyguide.members.join_household import FoundRequest, found_household
from honeyguide.members.lookup import find_member
from honeyguide.members.merge_members import MergeRequest, merge_members
from honeyguide.till.claims import claim_key
from honeyguide.till.intent import Key
from honeyguide.till.outcomes import Outcome, Posted, Refused, RetryLater
from honeyguide.till.together import submit_together
from honeyguide.transactions.adjust_account import AdjustIntent
from honeyguide.transactions.answers import answer_of
from honeyguide.transactions.outcomes import MemberNotFound, Rejected
from honeyguide.transactions.post_transaction import post_transaction
from honeyguide.transactions.redeem import redeem
from honeyguide.transactions.sweep_due import sweep_due


async def close(shop: Shop, member: UUID, key: str = "key-0001") -> Outcome:
    return await close_account(call_of(shop, member), CloseAccount(key))


async def posted_at(shop: Shop, kind: str, member: UUID) -> dict[str, int]:
    """What lies on the system accounts of a kind for that member, by unit."""
    rows = await shop.database.pool.fetch(
        "SELECT transfer.unit, sum(transfer.amount) AS amount FROM transfer JOIN account ON account.account_id IN (transfer.debit, transfer.credit)"
        " WHERE transfer.member_id = $1 AND account.kind = $2 GROUP BY transfer.unit",
        member,
        kind,
    )
    return {row["unit"]: int(row["amount"]) for row in rows}


async def test_unspent_points_are_forfeited_and_pending_ones_too_when_a_member_closes_the_account(shop: Shop) -> None:
    member = await shop.member()
    await earn(shop, member, "80.00")

    outcome = await close(shop, member)

    assert isinstance(outcome, Posted)
    assert outcome.recorded.kind is TransactionKind.CLOSURE
    assert outcome.recorded.detail["units"]["points"]["forfeited"] == sum((await posted_at(shop, "forfeited", member)).values()) > 0
    assert await balances(shop, member) == {}
    row = await shop.database.pool.fetchrow("SELECT status, closed_at FROM member WHERE member_id = $1", member)
    assert (row["status"], row["closed_at"]) == ("CLOSED", shop.clock())
    assert await sound(shop)


async def test_unspent_points_are_paid_out_where_the_program_says_so(shop: Shop) -> None:
    await shop.apply(DEMO.replace("    worth: 0.01\n", "    worth: 0.01\n    on_closing: pay_out\n", 1))
    member = await shop.member()
    await earn(shop, member, "80.00")
    had = (await balances(shop, member))["points"]

    outcome = await close(shop, member)

    assert isinstance(outcome, Posted)
    units = outcome.recorded.detail["units"]["points"]
    assert (units["paid_out"], units["payout"], units["forfeited"]) == (had, had, 0)  # a point is worth a cent
    assert await posted_at(shop, "paid_out", member) == {"points": had}
    assert await sound(shop)


async def test_what_the_member_owes_is_written_off_by_an_explicit_transfer(shop: Shop) -> None:
    member = await shop.member()
    await owe(shop, member, 70)

    outcome = await close(shop, member)

    assert isinstance(outcome, Posted)
    assert await posted_at(shop, "written_off", member) == {"points": 70}
    assert await balances(shop, member) == {}
    assert await sound(shop)


async def test_nobody_finds_a_closed_member_and_who_looked_before_comes_too_late(shop: Shop) -> None:
    member = await shop.member("anna@example.test")
    lookup = await shop.lookup(member)
    desk = shop.desk()
    looked_before = AdjustIntent(shop.applied, member, uuid7(), Key("test", "key-0001", b""), "points", 5, "GOODWILL", "", "olivia", None)

    await close(shop, member)

    assert await find_member(shop.database.pool, desk.policy, lookup, shop.clock()) is None
    assert await post_transaction(desk, a_purchase(lookup)) == MemberNotFound()
    assert await redeem(desk, a_redemption(lookup, "1")) == MemberNotFound()
    assert answer_of(await shop.till.submit(looked_before)) == Rejected("ACCOUNT_CLOSED")
    assert await sound(shop)


async def test_the_same_key_hears_the_first_answer_and_another_that_it_is_closed(shop: Shop) -> None:
    member, other = await shop.member(), await shop.member()

    first = await close(shop, member)
    again = await close(shop, member)
    another = await close(shop, member, "key-0002")
    others_own_key = await close(shop, other)

    assert isinstance(first, Posted) and isinstance(again, Posted)
    assert (first.replayed, again.replayed, again.recorded.transaction_id) == (False, True, first.recorded.transaction_id)
    assert isinstance(another, Refused)
    assert another.code == "ACCOUNT_CLOSED"
    assert isinstance(others_own_key, Posted)


async def test_who_left_may_join_again_and_is_a_new_member(shop: Shop) -> None:
    member = await shop.member("anna@example.test")
    await earn(shop, member)
    await close(shop, member)

    again = await shop.member("anna@example.test")

    assert again != member
    assert await balances(shop, again) == {}


async def test_a_closed_account_is_never_due_again(shop: Shop) -> None:
    member = await shop.member()
    await earn(shop, member, "900.00")
    await close(shop, member)

    shop.clock.move(days=3_000)

    assert await sweep_due(shop.till, shop.database, shop.applied, shop.clock()) == 0
    assert await sound(shop)


async def test_a_household_goes_on_without_who_left_and_ends_with_the_last(shop: Shop) -> None:
    anna, bert, household = await shop.member(), await shop.member(), uuid4()
    await a_household(shop, household, anna, bert)

    await close(shop, anna)

    row = await shop.database.pool.fetchrow("SELECT owner_id, closed_at FROM household")
    assert (row["owner_id"], row["closed_at"]) == (bert, None)
    await close(shop, bert)
    assert await shop.database.pool.fetchval("SELECT closed_at FROM household") == shop.clock()
    assert await shop.database.pool.fetchval("SELECT count(*) FROM household_member") == 0
    assert await sound(shop)


async def a_household(shop: Shop, household: UUID, *members: UUID) -> None:
    program_id, now = shop.applied.program_id, shop.clock()
    async with shop.database.transaction() as connection:
        await open_member(
            connection, program_id=program_id, member_id=household, transaction_id=(opened := uuid7()), tier=None, occurred_at=now,
            posted_at=now, program_version=1, partner_id=None, location=None, reference=None, detail={},
        )  # fmt: skip
        await claim_key(
            connection, program_id=program_id, scope="test", key=str(household), request_hash=b"", member_id=household,
            transaction_id=opened, now=now,
        )  # fmt: skip
        await connection.execute("INSERT INTO household VALUES ($1, $2, $3, $4)", program_id, household, members[0], now)
        columns = "(program_id, member_id, household_id, joined_at, since_version)"
        for member in members:
            await connection.execute(
                f"INSERT INTO household_member {columns} VALUES ($1, $2, $3, $4, 1)", program_id, member, household, now
            )


async def test_whoever_is_merged_in_while_a_member_closes_the_account_ends_with_him(shop: Shop) -> None:
    anna, bert = await shop.member(), await shop.member()
    await earn(shop, anna, "80.00")
    late = await closing(call_of(shop, bert), bert, None, by="member")
    await merge(shop, anna, bert)

    with pytest.raises(MembershipChanged):
        await submit_together(shop.database, late, shop.clock())
    outcome = await close(shop, bert)

    assert isinstance(outcome, Posted)
    assert (
        await shop.database.pool.fetchval("SELECT count(*) FROM standing WHERE member_id = ANY($1) AND closed_at IS NULL", [anna, bert])
        == 0
    )
    assert await sound(shop)


async def test_who_was_taken_over_or_joined_a_household_while_he_closed_the_account_is_looked_up_anew(shop: Shop) -> None:
    anna, bert, cora = await shop.member(), await shop.member(), await shop.member()
    late = [await closing(call_of(shop, one), one, None, by="member") for one in (anna, cora)]
    await merge(shop, anna, bert)
    assert isinstance(await found_household(call_of(shop, cora), FoundRequest(str(uuid4()))), Posted)

    for one in late:
        with pytest.raises(MembershipChanged):
            await submit_together(shop.database, one, shop.clock())
    outcome = await close(shop, cora)

    assert isinstance(outcome, Posted)
    assert await shop.database.pool.fetchval("SELECT count(*) FROM household WHERE closed_at IS NULL") == 0
    assert await sound(shop)


async def test_a_merge_and_a_closing_at_once_never_leave_one_half_of_a_person_open(shop: Shop) -> None:
    for _ in range(5):
        anna, bert = await shop.member(), await shop.member()
        await earn(shop, anna, "80.00")

        outcomes = await asyncio.gather(merge(shop, anna, bert), close(shop, bert, str(uuid4())))

        states = {
            row["member_id"]: row
            for row in await shop.database.pool.fetch("SELECT * FROM standing JOIN member USING (program_id, member_id)")
        }
        if states[bert]["closed_at"] is not None:
            assert states[anna]["merged_into"] is None or states[anna]["closed_at"] is not None, outcomes
        else:
            assert isinstance(outcomes[1], RetryLater), outcomes
    assert await sound(shop)


async def merge(shop: Shop, source: UUID, target: UUID) -> Outcome:
    request = MergeRequest(str(uuid4()), await shop.lookup(source), await shop.lookup(target), True, "one person")
    return await merge_members(call_of(shop), request)
