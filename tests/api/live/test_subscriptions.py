"""Subscriptions over the books (L1): the present first, then each change, whoever posts it and whatever is lost on the way."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from builders.platform import POST, Platform, key, purchase
from builders.subscriber import ACCOUNTS, ACTIVITY, TIER, subscribed
from honeyguide.api.live.hub import FIRST_READS
from honeyguide.api.operations import RequestError
from honeyguide.caller import Audience


async def test_l1_the_present_comes_first_then_each_change_whichever_process_posts(platform: Platform, other: Platform) -> None:
    anna = await platform.enrol()
    await platform.enrol("bert@example.test")
    await platform.post("10.00")

    async with (
        subscribed(other, anna, ACCOUNTS) as accounts,
        subscribed(other, anna, ACTIVITY) as rows,
        subscribed(other, anna, TIER) as tiers,
    ):
        first = (await accounts.next())["available"], (await rows.next())["quantity"], (await tiers.next())["tier"]["code"]
        await platform.post("20.00")
        second = (await accounts.next())["available"], (await rows.next())["quantity"]
        await platform.post("5.00", email="bert@example.test")

        assert (first, second) == (("10", "10", "fledgling"), ("30", "20"))
        assert await accounts.hears_nothing() and await rows.hears_nothing(0.01) and await tiers.hears_nothing(0.01)


async def test_l1_a_change_does_not_wait_behind_the_thousands_who_come_again_at_once(platform: Platform) -> None:
    """A second was measured so: the first reads of 4,000 subscribers stood before it."""
    hub, order = platform.services.hub, []

    async def read(name: str, first: bool) -> None:
        async with hub.reading(first=first):
            await asyncio.sleep(0)
            order.append(name)

    async with asyncio.TaskGroup() as reading:
        for _ in range(100):
            reading.create_task(read("first", True))
        await asyncio.sleep(0)
        reading.create_task(read("change", False))

    assert order.index("change") < 2 * FIRST_READS


async def test_l1_who_comes_back_with_the_last_row_misses_nothing_and_hears_nothing_twice(platform: Platform, other: Platform) -> None:
    anna = await platform.enrol()
    await platform.post("1.00")
    amounts = [f"{number}.00" for number in range(2, 14)]

    async def post_all() -> None:
        for amount in amounts:
            await platform.post(amount)

    async with subscribed(other, anna, ACTIVITY) as rows:
        row = await rows.next()
    heard, last = [row["quantity"]], row["id"]
    posting = asyncio.create_task(post_all())
    while len(heard) <= len(amounts):
        async with subscribed(other, anna, ACTIVITY, after=last) as rows:  # and goes away again, in the middle of it
            for _ in range(min(3, 1 + len(amounts) - len(heard))):
                row = await rows.next()
                heard.append(row["quantity"])
                last = row["id"]
    await posting
    async with subscribed(other, anna, ACTIVITY, after=last) as rows:
        assert await rows.hears_nothing(0.2)

    assert heard == [amount.removesuffix(".00") for amount in ("1.00", *amounts)]


async def test_l1_rows_come_after_a_cursor_too_and_after_none_of_another_member(platform: Platform) -> None:
    anna, bert = await platform.enrol(), await platform.enrol("bert@example.test")
    for amount in ("1.00", "2.00", "3.00"):
        await platform.post(amount)
    await platform.post("9.00", email="bert@example.test")
    listed = (await platform.as_member(anna, "{ me { activity { edges { cursor node { id } } } } }"))["me"]["activity"]["edges"]
    foreign = (await platform.as_member(bert, "{ me { activity { edges { node { id } } } } }"))["me"]["activity"]["edges"][0]["node"]["id"]

    async with subscribed(platform, anna, ACTIVITY, after=listed[-1]["cursor"]) as rows:
        heard = [(await rows.next())["id"] for _ in range(2)]
    async with subscribed(platform, anna, ACTIVITY, after=foreign) as rows:
        with pytest.raises(RequestError) as refused:
            await rows.next()

    assert heard == [edge["node"]["id"] for edge in listed[-2::-1]]
    assert refused.value.errors[0].extensions["code"] == "BAD_ARGUMENT"


async def test_l1_a_slow_reader_hears_the_latest_state_alone(platform: Platform) -> None:
    anna = await platform.enrol()
    await platform.post("10.00")
    async with subscribed(platform, anna, ACCOUNTS) as accounts:
        await accounts.next()

        for _ in range(5):
            await platform.post("10.00")

        assert (await accounts.next())["available"] == "60"
        assert await accounts.hears_nothing()


async def until_taken(platform: Platform, amount: str) -> None:
    """As a till does: the same purchase under the same key until there is an answer."""
    body = {"query": POST, "variables": {"input": purchase(platform.clock(), amount)}}
    for _ in range(100):
        if "errors" not in (await platform.send(Audience.PARTNER, await platform.partner_token("grocer"), body)).json():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the till heard no answer")


async def test_l1_a_lost_notice_and_lost_connections_lose_no_event(platform: Platform, other: Platform, superuser_url: str) -> None:
    anna = await platform.enrol()
    await platform.post("10.00")
    async with subscribed(other, anna, ACCOUNTS) as accounts, subscribed(other, anna, ACTIVITY) as rows:
        await accounts.next()
        await rows.next()
        connection = await asyncpg.connect(superuser_url)
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await connection.close()
        await until_taken(platform, "20.00")

        first = (await accounts.next())["available"], (await rows.next())["quantity"]
        await platform.post("30.00")
        second = (await accounts.next())["available"], (await rows.next())["quantity"]

        assert (first, second) == (("30", "20"), ("60", "30"))


async def test_l1_a_membership_that_ends_ends_its_subscriptions_and_one_that_is_frozen_goes_on(platform: Platform) -> None:
    anna, bert, carl = await platform.enrol(), await platform.enrol("bert@example.test"), await platform.enrol("carl@example.test")
    freeze = "mutation F($input: FreezeMemberInput!) { freezeMember(input: $input) { __typename } }"
    merge = "mutation M($input: MergeMembersInput!) { mergeMembers(input: $input) { __typename } }"
    close = "mutation C($input: CloseAccountInput!) { closeAccount(input: $input) { __typename } }"
    number = (await platform.as_member(anna, "{ me { memberNumber } }"))["me"]["memberNumber"]
    merged = {"source": {"email": "bert@example.test"}, "target": {"email": "carl@example.test"}, "note": "one person"}
    frozen = {"member": {"email": "carl@example.test"}, "note": "a lost card"}

    async with (
        subscribed(platform, anna, TIER) as annas,
        subscribed(platform, bert, TIER) as berts,
        subscribed(platform, carl, ACCOUNTS) as carls,
    ):
        await annas.next()
        await berts.next()
        closed = await platform.as_member(anna, close, {"input": {"idempotencyKey": "close-1234", "memberNumber": number}})
        handed = await platform.as_operator(merge, {"input": {"idempotencyKey": "merge-1234", **merged}})
        over = await annas.is_over(), await berts.is_over()
        froze = await platform.as_operator(freeze, {"input": {"idempotencyKey": "freeze-1234", **frozen}})
        await platform.post("10.00", email="carl@example.test")

        assert (closed["closeAccount"]["__typename"], handed["mergeMembers"]["__typename"]) == ("AccountClosed", "MembersMerged")
        assert (over, froze["freezeMember"]["__typename"]) == ((True, True), "MemberFrozen")
        assert (await carls.next())["available"] == "10"


async def test_l1_each_burn_is_told_at_once(platform: Platform) -> None:
    anna = await platform.enrol()
    await platform.post("100.00")
    async with subscribed(platform, anna, ACCOUNTS) as accounts, subscribed(platform, anna, ACTIVITY) as rows:
        before = int((await accounts.next())["available"])
        await rows.next()

        named = {"idempotencyKey": key(), "member": {"email": "anna@example.test"}, "reference": key()}
        redeemed = await platform.till("Redeem", input={**named, "unit": "points", "quantity": "5"})
        row = await rows.next()

        assert redeemed["__typename"] == "Redeemed"
        assert (int((await accounts.next())["available"]), row["kind"], row["quantity"]) == (before - 5, "REDEEMED", "-5")


async def test_l1_merging_and_unmerging_while_somebody_listens_loses_doubles_and_lends_no_row(platform: Platform, other: Platform) -> None:
    await platform.enrol()
    bert = await platform.enrol("bert@example.test")
    await platform.post("100.00")
    await platform.post("5.00", email="bert@example.test")
    listed = "{ me { accounts { unit { code } available } activity(first: 100) { edges { node { id quantity } } } } }"
    merge = "mutation M($i: MergeMembersInput!) { mergeMembers(input: $i) { __typename ... on MembersMerged { transaction { id } } } }"
    unmerge = "mutation U($i: UnmergeMembersInput!) { unmergeMembers(input: $i) { __typename } }"
    given = {"source": {"email": "anna@example.test"}, "target": {"email": "bert@example.test"}, "note": "one person"}
    (first,) = (await platform.as_member(bert, listed))["me"]["activity"]["edges"]

    async with subscribed(platform, bert, ACTIVITY, after=first["node"]["id"]) as rows, subscribed(platform, bert, ACCOUNTS) as accounts:
        for turn in range(2):
            done = await platform.as_operator(merge, {"i": {"idempotencyKey": f"merge-123{turn}", **given}})
            posts = asyncio.gather(
                *(one.post("10.00", email="bert@example.test") for one in (platform, other)),
                platform.as_operator(
                    unmerge,
                    {"i": {"idempotencyKey": f"unmerge-{turn}2", "merge": done["mergeMembers"]["transaction"]["id"], "note": "two"}},
                ),
            )
            assert (await posts)[2]["unmergeMembers"]["__typename"] == "MembersUnmerged"
        me = (await platform.as_member(bert, listed))["me"]
        expected = [edge["node"] for edge in reversed(me["activity"]["edges"])][1:]
        told = [await rows.next() for _ in expected]
        last = dict[str, str]()
        while last.get("points") != "45":
            account = await accounts.next()
            last[account["unit"]["code"]] = account["available"]

        assert [(one["id"], one["quantity"]) for one in told] == [(one["id"], one["quantity"]) for one in expected]
        assert await rows.hears_nothing()
        assert last == {one["unit"]["code"]: one["available"] for one in me["accounts"]}
