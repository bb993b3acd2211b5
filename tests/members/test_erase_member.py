"""A person is forgotten (R41)."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from builders.people import call_of, earn, sound
from builders.shop import NOW, Shop, an_authorization
from honeyguide.ledger.recorded import Recorded, TransactionKind
from honeyguide.members.close_account import CloseAccount, close_account
from honeyguide.members.erase_member import EraseMember, ErasureReason, erase_member
from honeyguide.members.erasure_certificate import TotalsMoved, erasure_certificate
from honeyguide.members.join_household import FoundRequest, found_household
from honeyguide.members.merge_members import MergeRequest, merge_members
from honeyguide.members.unmerge_members import UnmergeRequest, unmerge_members
from honeyguide.till.outcomes import KeyConflict, Outcome, Posted, Refused
from honeyguide.transactions.authorize_redemption import authorize_redemption
from honeyguide.transactions.park_post import forget_parked


async def erase(shop: Shop, member: UUID, key: str = "key-0001", reason: ErasureReason = ErasureReason.REQUESTED) -> Outcome:
    return await erase_member(call_of(shop), EraseMember(key, member, reason), [forget_parked])


async def erasure(shop: Shop) -> Any:
    return (await shop.database.pool.fetchrow("SELECT * FROM erasure"))["certificate"]


async def merged(shop: Shop, source: UUID, target: UUID) -> Recorded:
    request = MergeRequest(str(uuid4()), await shop.lookup(source), await shop.lookup(target), keep_higher_tier=True, note="one person")
    outcome = await merge_members(call_of(shop), request)
    assert isinstance(outcome, Posted)
    return outcome.recorded


async def test_an_open_account_is_closed_first_and_its_unspent_points_are_forfeited_explicitly(shop: Shop) -> None:
    member = await shop.member()
    await earn(shop, member, "80.00")

    outcome = await erase(shop, member)

    assert isinstance(outcome, Posted)
    assert outcome.recorded.kind is TransactionKind.ERASURE
    kinds = await shop.database.pool.fetch("SELECT kind FROM transaction WHERE member_id = $1 ORDER BY version", member)
    assert [row["kind"] for row in kinds][-2:] == ["CLOSURE", "ERASURE"]
    certificate = await erasure(shop)
    assert certificate["totals"]["before"] == certificate["totals"]["after"]
    assert certificate["totals"]["after"]["points"]["forfeited"]["went"] > 0
    assert await sound(shop)


async def test_an_account_closed_long_ago_is_erased_as_it_stands(shop: Shop) -> None:
    member = await shop.member("anna@example.test")
    await close_account(call_of(shop, member), CloseAccount("key-0001"))
    again = await shop.member("anna@example.test")

    outcome = await erase(shop, member)

    assert isinstance(outcome, Posted)
    rows = await shop.database.pool.fetch(
        "SELECT member_id, status, email FROM member LEFT JOIN person USING (program_id, member_id) ORDER BY status"
    )
    assert [tuple(row) for row in rows] == [(again, "ACTIVE", "anna@example.test"), (member, "ERASED", None)]
    assert await shop.lookup(again) is not None
    assert await sound(shop)


async def test_whom_the_member_took_over_is_the_same_person_and_forgotten_too(shop: Shop) -> None:
    source, target = await shop.member("anna@example.test"), await shop.member("a.smith@example.test")
    await earn(shop, source)
    merge = await merged(shop, source, target)

    outcome = await erase(shop, source)  # whichever of the two ids is named

    assert isinstance(outcome, Posted)
    rows = await shop.database.pool.fetch("SELECT status, email, merged_into FROM member LEFT JOIN person USING (program_id, member_id)")
    assert [tuple(row) for row in rows] == [("ERASED", None, None)] * 2
    assert await shop.database.pool.fetchval("SELECT count(*) FROM identifier") == 0
    assert sorted((await erasure(shop))["members"]) == sorted(map(str, (source, target)))
    back = await unmerge_members(call_of(shop), UnmergeRequest("key-0002", merge.member_id, merge.transaction_id, "too late"))
    assert isinstance(back, Refused)
    assert await sound(shop)


async def test_two_erasures_at_once_are_one(shop: Shop) -> None:
    member = await shop.member()
    await earn(shop, member)

    answers = await asyncio.gather(*(erase(shop, member, f"key-000{n}") for n in range(4)), erase(shop, member, "key-0000"))

    assert {answer.recorded.transaction_id for answer in answers if isinstance(answer, Posted)} == {
        await shop.database.pool.fetchval("SELECT erasure_id FROM erasure")
    }
    assert {answer.code for answer in answers if isinstance(answer, Refused)} <= {"MEMBER_NOT_FOUND"}
    assert await erase(shop, member, "key-0000", ErasureReason.OTHER) in (KeyConflict(), Refused("MEMBER_NOT_FOUND", {}, replayed=False))
    assert await sound(shop)


async def test_a_certificate_cannot_be_changed_nor_deleted(shop: Shop) -> None:
    await erase(shop, await shop.member())

    for statement in ("UPDATE erasure SET erased_by = 'x'", "DELETE FROM erasure"):
        with pytest.raises(Exception, match=r"append-only|permission denied"):
            await shop.database.pool.execute(statement)


def test_an_erasure_that_would_move_the_totals_is_no_erasure() -> None:
    before, after = {"points": {"issued": {"came": 5, "went": 0, "transfers": 1}}}, {"points": {}}
    given = {"member_ids": [uuid4()], "erased_at": NOW, "erased_by": "olivia", "reason": "REQUESTED", "closure": None, "removed": {}}

    with pytest.raises(TotalsMoved):
        erasure_certificate(before=before, after=after, **given)  # type: ignore[arg-type]


async def test_who_cannot_be_closed_yet_as_a_shop_holds_points_of_his_household_is_not_erased_either(shop: Shop) -> None:
    member = await shop.member()
    await earn(shop, member, "100.00")
    assert isinstance(await found_household(call_of(shop, member), FoundRequest(str(uuid4()))), Posted)
    held = await authorize_redemption(shop.desk(), an_authorization(await shop.lookup(member), "40", ttl_seconds=900))
    assert isinstance(held, Posted)

    refused = await erase(shop, member)
    shop.clock.move(minutes=16)
    erased = await erase(shop, member)

    assert isinstance(refused, Refused) and refused.code == "HOLD_OPEN"
    assert isinstance(erased, Posted)
    assert await shop.database.pool.fetchval("SELECT sum(open) FROM lot") == 0
    assert await sound(shop)
