"""Agents give goodwill under a budget that is counted exactly, whatever happens at once and however often it is sent."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

from builders.by_hand import Operator, file_with, trail
from builders.people import balances
from builders.shop import Shop
from honeyguide.till.outcomes import Posted
from honeyguide.transactions.outcomes import LimitExceeded, Rejected
from honeyguide.transactions.transfer_points import TransferRequest


def agent(shop: Shop, name: str = "agatha") -> Operator:
    return Operator.person(shop, name, "agent")


def limit(answer: Any) -> tuple[str, int]:
    assert isinstance(answer, LimitExceeded), answer
    return answer.limit, answer.facts["left"]


async def test_an_agent_gives_what_the_budget_allows_at_once(limited: Shop) -> None:
    agatha, member = agent(limited), await limited.member()

    assert isinstance(await agatha.does(await agatha.goodwill(member, "100")), Posted)
    assert limit(await agatha.does(await agatha.goodwill(await limited.member(), "101"))) == ("goodwill_per_post", 100)
    assert await balances(limited, member) == {"points": 100}


async def test_an_agent_takes_nothing_and_gives_for_no_other_reason(limited: Shop) -> None:
    agatha, member = agent(limited), await limited.member()

    answers = [await agatha.does(one) for one in (await agatha.goodwill(member, "-1"), await agatha.adjust(member, "1"))]

    assert [(answer.code, answer.path) for answer in answers] == [("NOT_ALLOWED", ("quantity",)), ("NOT_ALLOWED", ("reason",))]


async def test_a_member_is_given_so_much_a_day_by_whomever(limited: Shop) -> None:
    member = await limited.member()
    for name in ("agatha", "andy"):
        one = agent(limited, name)
        assert isinstance(await one.does(await one.goodwill(member, "75")), Posted)

    answer = await (third := agent(limited, "ada")).does(await third.goodwill(member, "1"))

    assert limit(answer) == ("goodwill_per_member", 0)
    assert answer.resets_at is not None and answer.resets_at > limited.clock()
    limited.clock.now = answer.resets_at
    assert isinstance(await third.does(await third.goodwill(member, "1")), Posted)


async def test_twenty_at_once_do_not_pass_an_agents_day(limited: Shop) -> None:
    agatha, members = agent(limited), [await limited.member() for _ in range(20)]

    answers = await asyncio.gather(*[agatha.does(await agatha.goodwill(member, "50")) for member in members])

    assert sum(isinstance(answer, Posted) for answer in answers) == 5
    assert {limit(answer) for answer in answers if not isinstance(answer, Posted)} == {("goodwill_per_agent", 0)}
    total = await limited.database.pool.fetchval("SELECT sum(posted) FROM account WHERE kind = 'member' AND unit = 'points'")
    assert total == 250


async def test_a_retry_counts_once(limited: Shop) -> None:
    agatha, members = agent(limited), [await limited.member() for _ in range(3)]
    request = await agatha.goodwill(members[0], "100")

    answers = await asyncio.gather(*(agatha.does(request) for _ in range(5)))

    assert all(isinstance(answer, Posted) for answer in answers)
    assert isinstance(await agatha.does(await agatha.goodwill(members[1], "100")), Posted)
    assert limit(await agatha.does(await agatha.goodwill(members[2], "51"))) == ("goodwill_per_agent", 50)


async def test_the_first_answer_is_heard_again_when_the_budget_is_used_up(limited: Shop) -> None:
    agatha, member = agent(limited), await limited.member()
    request = await agatha.goodwill(member, "100")
    await agatha.does(request)
    await agatha.does(await agatha.goodwill(member, "50"))

    again = await agatha.does(request)

    assert isinstance(again, Posted)
    assert again.replayed


async def test_what_is_refused_is_given_back(limited: Shop) -> None:
    agatha, member = agent(limited), await limited.member()
    past = replace(await agatha.goodwill(member, "100"), expires_on=limited.clock().date().replace(year=2020))

    assert isinstance(await agatha.does(past), Rejected)

    assert await limited.database.pool.fetchval("SELECT count(*) FROM by_hand") == 0


async def test_a_program_without_a_budget_gives_none(shop: Shop) -> None:
    await shop.apply(file_with("\napprovals: {adjust: {points: 5}}\n"))
    agatha = agent(shop)

    assert limit(await agatha.does(await agatha.goodwill(await shop.member(), "1"))) == ("goodwill_per_post", 0)


async def test_no_goodwill_for_oneself_nor_for_ones_household(limited: Shop) -> None:
    agatha, own = agent(limited), await limited.member("agatha@example.test")

    answer = await agatha.does(await agatha.goodwill(own, "1"))

    assert isinstance(answer, Rejected)
    assert answer.code == "OWN_ACCOUNT"
    assert [(actor, detail["code"]) for actor, _, detail in await trail(limited, "REFUSED")] == [("operator:company/agatha", "OWN_ACCOUNT")]


async def test_what_went_over_the_budget_is_in_the_trail(limited: Shop) -> None:
    agatha = agent(limited)

    await agatha.does(await agatha.goodwill(await limited.member(), "101"))

    assert [detail for _, _, detail in await trail(limited, "REFUSED")] == [{"code": "LIMIT_EXCEEDED", "operation": "adjustAccount"}]


async def test_a_member_named_by_nothing_of_his_is_not_found(limited: Shop) -> None:
    agatha, member = agent(limited), await limited.member()
    lookup = replace(await limited.lookup(member), value="0" * 13)

    answer = await agatha.does(TransferRequest(str(uuid4()), lookup, lookup, "points", Decimal(1), "nobody"))

    assert answer.path == ("from",)
