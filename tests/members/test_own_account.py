"""An operator's own membership: by address, after merges, in a household; nobody else's."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from builders.people import call_of
from builders.shop import Shop
from honeyguide.caller import Audience, Caller
from honeyguide.members.close_account import close
from honeyguide.members.freeze_member import FreezeMember, MemberFrozen, freeze_member
from honeyguide.members.merge_members import MergeRequest, merge_members
from honeyguide.members.own_account import own_account
from honeyguide.members.store import MemberStatus
from honeyguide.members.unmerge_members import UnmergeRequest, unmerge_members
from honeyguide.till.outcomes import Posted, Refused


def operator(shop: Shop, email: str | None = "olivia@example.test") -> Caller:
    return Caller(Audience.OPERATOR, shop.applied.program_id, "company/olivia", email=email)


async def is_own(shop: Shop, *member_ids: UUID, email: str | None = "olivia@example.test") -> bool:
    return await own_account(shop.database.pool, operator(shop, email), member_ids)


async def merged(shop: Shop, source: UUID, target: UUID) -> None:
    request = MergeRequest(str(uuid4()), await shop.lookup(source), await shop.lookup(target), True, "one person")
    assert isinstance(await merge_members(call_of(shop), request), Posted)


@pytest.mark.parametrize("email", ["olivia@example.test", "Olivia@Example.Test"])
async def test_an_account_with_the_operators_address_is_the_operators(shop: Shop, email: str) -> None:
    own, other = await shop.member("olivia@example.test"), await shop.member()

    assert await is_own(shop, own, email=email)
    assert await is_own(shop, other, own, email=email)
    assert not await is_own(shop, other, email=email)


async def test_it_stays_the_operators_whichever_way_it_was_merged(shop: Shop) -> None:
    own, rich, poor = await shop.member("olivia@example.test"), await shop.member(), await shop.member()

    await merged(shop, own, rich)
    await merged(shop, poor, rich)

    assert [await is_own(shop, one) for one in (own, rich, poor)] == [True, True, True]


async def test_what_a_household_has_is_of_everybody_in_it(shop: Shop) -> None:
    own, wife, stranger = await shop.member("olivia@example.test"), await shop.member(), await shop.member()
    household, program_id, now = uuid4(), shop.applied.program_id, shop.clock()
    await shop.database.pool.execute(
        "INSERT INTO household (program_id, household_id, owner_id, created_at) VALUES ($1, $2, $3, $4)", program_id, household, wife, now
    )
    for member in (own, wife):
        await shop.database.pool.execute(
            "INSERT INTO household_member (program_id, household_id, member_id, may_burn, joined_at, since_version)"
            " VALUES ($1, $2, $3, true, $4, 0)",
            program_id,
            household,
            member,
            now,
        )

    assert [await is_own(shop, one) for one in (own, wife, household, stranger)] == [True, True, True, False]


async def test_it_stays_the_operators_after_it_was_closed(shop: Shop) -> None:
    own = await shop.member("olivia@example.test")

    await close(call_of(shop), own, None, by="olivia")

    assert await is_own(shop, own)


async def test_a_machine_has_no_account(shop: Shop) -> None:
    assert not await is_own(shop, await shop.member("olivia@example.test"), email=None)


async def test_nobody_ends_the_freeze_of_his_own_account_nor_takes_back_his_own_merge(shop: Shop) -> None:
    own, rich = await shop.member("olivia@example.test"), await shop.member()
    call = replace(call_of(shop), caller=operator(shop))
    carol = replace(call_of(shop), caller=operator(shop, "carol@example.test"))
    frozen = FreezeMember(str(uuid4()), await shop.lookup(own), MemberStatus.FROZEN, "odd")
    assert isinstance(await freeze_member(carol, frozen), MemberFrozen)

    ended = await freeze_member(call, replace(frozen, idempotency_key=str(uuid4()), status=MemberStatus.ACTIVE))

    assert ended == Refused("OWN_ACCOUNT", {"path": ["member"]}, replayed=False)
    assert isinstance(await freeze_member(carol, replace(frozen, idempotency_key=str(uuid4()), status=MemberStatus.ACTIVE)), MemberFrozen)
    await merged(shop, rich, own)
    merge_id = await shop.database.pool.fetchval("SELECT merge_id FROM merge")
    unmerge = UnmergeRequest(str(uuid4()), rich, merge_id, "they are two")
    assert await unmerge_members(call, unmerge) == Refused("OWN_ACCOUNT", {"path": ["merge"]}, replayed=False)
    assert await shop.database.pool.fetchval("SELECT count(*) FROM audit WHERE action = 'REFUSED'") == 2
