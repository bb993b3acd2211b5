"""C2, C3: what operations cost is charged before they run, told on request, and given back where it was too much."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from builders.platform import GRAPHQL, TILL, Platform, purchase, running_platform
from builders.subscriber import ACCOUNTS
from honeyguide.api.context import RequestContext
from honeyguide.api.cost import metrics
from honeyguide.api.live.tickets import LETTERS
from honeyguide.api.looks import Looks
from honeyguide.api.operations import Operations, RequestError
from honeyguide.api.problems import HttpProblem
from honeyguide.api.schemas import schema_for
from honeyguide.caller import Audience, Caller
from honeyguide.database import Database
from honeyguide.identity.access import SCOPES

ME = "{ me { id tier { since } accounts { available unit { code } } } }"
DEAR = "{ me { purchases(first: 100) { edges { node { reversals { reversals { id } } } } } } }"


async def ask(platform: Platform, member_id: UUID, document: str, **headers: str) -> httpx.Response:
    return await platform.send(Audience.MEMBER, platform.token(Audience.MEMBER, str(member_id)), {"query": document}, **headers)


def told(response: httpx.Response) -> Any:
    return response.json()["extensions"]["cost"]


async def test_c2_cost_is_told_in_shopifys_shape_to_who_asks_for_it(platform: Platform) -> None:
    member_id = await platform.enrol()
    await platform.post("10.00")

    silent = await ask(platform, member_id, ME)
    response = await ask(platform, member_id, ME, x_include_cost="1")

    assert "extensions" not in silent.json()
    cost = told(response)
    accounts = response.json()["data"]["me"]["accounts"]
    assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (1 + 1 + 20 * 2, 1 + 1 + 2 * len(accounts))
    status = cost["throttleStatus"]
    assert (status["maximumAvailable"], status["restoreRate"]) == (200_000, 2_000)
    assert 199_000 < status["currentlyAvailable"] <= 200_000
    assert all(type(one) is int for one in (*status.values(), cost["requestedQueryCost"], cost["actualQueryCost"]))


async def test_ratelimit_headers_are_those_of_the_ietfs_draft(platform: Platform) -> None:
    response = await ask(platform, await platform.enrol(), ME)

    assert response.headers["ratelimit-policy"] == '"cost";q=200000;w=100;qu="honeyguide-cost"'
    available, full_in = response.headers["ratelimit"].removeprefix('"cost";r=').split(";t=")
    assert 199_000 < int(available) <= 200_000 and int(full_in) <= 1


@pytest.mark.parametrize(("accept", "status"), [(GRAPHQL, 400), ("application/json", 200)])
async def test_c1_what_costs_too_much_is_refused_and_nothing_of_it_runs(platform: Platform, accept: str, status: int) -> None:
    response = await ask(platform, await platform.enrol(), DEAR, Accept=accept, x_include_cost="1")

    (error,) = response.json()["errors"]
    assert (response.status_code, error["extensions"]["code"], "data" in response.json()) == (status, "COST_LIMIT", False)
    assert "100,000" in error["message"]
    assert told(response)["actualQueryCost"] is None and told(response)["requestedQueryCost"] > 100_000
    assert told(response)["throttleStatus"]["currentlyAvailable"] == 200_000  # nor is it charged


async def test_c3_an_empty_bucket_is_429_says_when_and_what_and_is_shared_by_a_members_sessions(
    database: Database, database_url: str, home: Path
) -> None:
    async with running_platform(
        database, database_url, home, cost_capacity_member=100, cost_restore_member=1, cost_limit_member=100
    ) as platform:
        anna, bert = await platform.enrol(), await platform.enrol("bert@example.test")
        token, other = (platform.token(Audience.MEMBER, str(anna), frozenset({name})) for name in ("a", "b"))

        throttled = metrics.THROTTLED[Audience.MEMBER]._value.get()
        answers = [await platform.send(Audience.MEMBER, one, {"query": ME}) for one in [token, other] * 60]

        refused = next(one for one in answers if one.status_code != 200)
        (error,) = refused.json()["errors"]
        assert (refused.status_code, error["extensions"]["code"], "data" in refused.json()) == (429, "THROTTLED", False)
        assert 1 <= int(refused.headers["retry-after"]) == error["extensions"]["retryAfter"] <= 42
        assert told(refused)["actualQueryCost"] is None and told(refused)["throttleStatus"]["currentlyAvailable"] < 42
        assert refused.headers["ratelimit"].startswith('"cost";r=')
        assert {one.status_code for one in answers[answers.index(refused) :]} == {429}  # both of her sessions
        assert metrics.THROTTLED[Audience.MEMBER]._value.get() == throttled + [one.status_code for one in answers].count(429)
        plain = await platform.send(Audience.MEMBER, token, {"query": ME}, Accept="application/json")
        assert plain.status_code == 429
        assert (await ask(platform, bert, ME)).status_code == 200


async def test_texts_that_cannot_run_are_paid_for_so_that_nobody_has_them_read_without_end(
    database: Database, database_url: str, home: Path
) -> None:
    async with running_platform(
        database, database_url, home, cost_capacity_member=100, cost_restore_member=1, cost_limit_member=100
    ) as platform:
        anna, bert = await platform.enrol(), await platform.enrol("bert@example.test")

        refused = [(await ask(platform, anna, f"{{ nobody{n} }}" + " " * 700)).status_code for n in range(4)]
        fine = [(await ask(platform, bert, f"{{ me {{ a{n}: id }} }}" + " " * 700)).status_code for n in range(4)]

    assert refused == [400, 400, 429, 429]
    assert fine == [200] * 4  # and had it back


async def test_what_an_answer_did_not_come_to_is_given_back(platform: Platform) -> None:
    member_id = await platform.enrol()
    dashboard = "{ me { accounts { expiring { quantity } } } }"  # may be 10,000 objects, and is one

    last = [await ask(platform, member_id, dashboard, x_include_cost="1") for _ in range(40)][-1]

    assert told(last)["requestedQueryCost"] == 10_021 and told(last)["actualQueryCost"] == 1
    assert told(last)["throttleStatus"]["currentlyAvailable"] > 199_900


async def test_a_till_that_posts_thousands_writes_a_few_rows(platform: Platform) -> None:
    """The hot path meets the database once in some thousand purchases."""
    await platform.enrol()
    token, charging = await platform.partner_token("grocer"), platform.services.charging
    body = {"query": TILL, "operationName": "PostPurchase", "variables": {"input": purchase(platform.clock(), "10.00")}}
    first = await platform.send(Audience.PARTNER, token, body, x_include_cost="1")
    before = charging._rates.writes

    answers = [await platform.send(Audience.PARTNER, token, body, x_include_cost="1") for _ in range(30)]

    assert charging._rates.writes == before
    cost = told(first)
    assert cost["actualQueryCost"] <= 40 < cost["requestedQueryCost"] < 1_000
    assert {one.status_code for one in answers} == {200}
    assert charging._by_audience[Audience.PARTNER].restore > 1_000 * cost["actualQueryCost"]  # a busy till posts a thousand a second


async def test_errors_cost_what_they_answer_and_refused_mutations_their_ten(platform: Platform) -> None:
    member_id = await platform.enrol()

    wrong = await ask(platform, member_id, "{ me { activity(first: 101) { edges { cursor } } } }", x_include_cost="1")
    mutation = 'mutation { closeAccount(input: {idempotencyKey: "12345678", memberNumber: "1"}) { __typename } }'
    refused = await ask(platform, member_id, mutation, x_include_cost="1")

    assert wrong.json()["errors"][0]["extensions"]["code"] == "BAD_ARGUMENT"  # and not COST_LIMIT
    assert told(wrong)["actualQueryCost"] == 0
    assert told(refused)["actualQueryCost"] == 11


async def test_c3_what_could_not_be_answered_costs_nothing(platform: Platform) -> None:
    """An operator's look that cannot be noted, and a subscription where there is no stream."""
    member_id, nowhere = await platform.enrol(), await Database.open("postgresql:///nowhere?host=/nowhere")
    services, applied = platform.services, platform.services.programs.current(platform.program_id)
    left = {}
    for audience, subject, document, failure in (
        (Audience.OPERATOR, "olivia", "{ program { version } }", HttpProblem),
        (Audience.MEMBER, str(member_id), ACCOUNTS, RequestError),
    ):
        caller = Caller(audience, platform.program_id, subject, SCOPES[audience])
        looks = Looks(members={member_id: None})
        context = RequestContext(
            caller, replace(services, database=nowhere), applied, ("en",), "request-1", platform.clock(), None, looks=looks
        )
        operations = Operations(schema_for(audience), audience)
        prepared = await operations.prepare(operations.find({"query": document}), context)
        share = services.charging._rates._shares[prepared.charge.bucket.key]
        before = share.left
        with pytest.raises(failure) as failed:
            await operations.answer(prepared, context)
        left[audience] = (failed.value.status, share.left - before)  # type: ignore[attr-defined]
        assert prepared.charge.cost.requested > 0
    await nowhere.close()

    assert left == {Audience.OPERATOR: (503, 1), Audience.MEMBER: (406, 2)}


async def test_c3_reserving_event_streams_and_stopping_operations_is_charged(database: Database, database_url: str, home: Path) -> None:
    bounds = {"cost_capacity_member": 13, "cost_restore_member": 1, "cost_limit_member": 13}
    async with running_platform(database, database_url, home, **bounds) as platform:
        headers = {"Authorization": f"Bearer {platform.token(Audience.MEMBER, str(await platform.enrol()))}"}
        named = {**headers, "X-GraphQL-Event-Stream-Token": "x" * LETTERS}

        reserved = [await platform.http.put("/member/graphql", headers=headers) for _ in range(2)]
        stopped = [await platform.http.delete("/member/graphql?operationId=1", headers=named) for _ in range(6)]

    assert [answer.status_code for answer in reserved] == [201, 429]
    assert reserved[0].headers["ratelimit"].startswith('"cost";r=') and reserved[1].headers["retry-after"]
    assert stopped[0].status_code == 404 and stopped[-1].status_code == 429
