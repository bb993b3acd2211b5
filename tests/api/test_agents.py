"""Agents see members masked, find whom they can name exactly, look at so many an hour, and every look is noted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest_asyncio
from graphql import GraphQLNonNull, GraphQLObjectType, build_schema, get_named_type, is_abstract_type, is_leaf_type

from builders.platform import Platform, key, running_platform
from honeyguide.api.contract.sdl import sdl
from honeyguide.caller import Audience
from honeyguide.database import Database
from honeyguide.identity.access import ROLES

SECRETS = ("anna", "adler", "example.test", "2025550123", "1984-05-06", "berlin")
BIRTHDAY = {
    "input": {
        "idempotencyKey": "profile-1",
        "birthDate": "1984-05-06",
        "timeZone": "Europe/Berlin",
        "quietHours": {"from": "21:00", "until": "07:00"},
    }
}
ARGUMENTS = {"account": '(unit: "points")', "tierAt": '(asOf: "2026-11-20T00:00:00Z")'}


@pytest_asyncio.fixture
async def desk(database: Database, database_url: str, home: Path) -> AsyncIterator[Platform]:
    """A server on which agents may look at ten members an hour."""
    async with running_platform(database, database_url, home, agent_looks_per_hour=10) as platform:
        yield platform


def agent(platform: Platform) -> str:
    return platform.token(Audience.OPERATOR, "agatha", ROLES["agent"])


async def ask(platform: Platform, document: str, **variables: Any) -> Any:
    return await platform.ask(Audience.OPERATOR, agent(platform), document, variables)


async def refused(platform: Platform, document: str, **variables: Any) -> dict[str, Any]:
    answer = (await platform.send(Audience.OPERATOR, agent(platform), {"query": document, "variables": variables})).json()
    return answer["errors"][0]["extensions"]  # type: ignore[no-any-return]


async def anna_adler(platform: Platform) -> Any:
    anna = await platform.enrol(displayName="Anna Adler", phone="+12025550123")
    await platform.post("25.00", reference="receipt-1")
    await platform.as_member(anna, 'mutation { issuePass(input: {style: "membership"}) { __typename } }')
    profile = "mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { __typename ... on UserError { message } } }"
    updated = await platform.as_member(anna, profile, BIRTHDAY)
    assert updated["updateProfile"]["__typename"] == "ProfileUpdated", updated
    return anna


def selections(type_: Any, depth: int) -> Iterator[str]:
    """Each field of the type by itself, with all that hangs from it."""
    for name, field in type_.fields.items():
        named = get_named_type(field.type)
        if any(isinstance(argument.type, GraphQLNonNull) for argument in field.args.values()) and name not in ARGUMENTS:
            continue
        if is_leaf_type(named):
            yield name
        elif depth and not is_abstract_type(named):
            below = " ".join(selections(named, depth - 1))
            if below:
                yield f"{name}{ARGUMENTS.get(name, '')} {{ {below} }}"


async def test_no_field_of_a_member_tells_an_agent_who_it_is(platform: Platform) -> None:
    anna = await anna_adler(platform)
    number = await platform.services.database.pool.fetchval("SELECT member_number FROM member WHERE member_id = $1", anna)
    record = build_schema(sdl(Audience.OPERATOR)).get_type("MemberRecord")
    assert isinstance(record, GraphQLObjectType)
    asked = list(selections(record, 4))

    told = [await ask(platform, f'{{ member(by: {{email: "anna@example.test"}}) {{ {field} }} }}') for field in asked]

    assert len(told) == len(record.fields)
    text = str(told).lower()
    assert [secret for secret in (*SECRETS, number, "/add/") if secret in text] == []
    shown = await ask(platform, '{ member(by: {email: "anna@example.test"}) { displayName email phone memberNumber birthDate } }')
    assert shown["member"] == {
        "displayName": "A••• A•••",
        "email": "a•••@•••",
        "phone": "•••23",
        "memberNumber": f"•••{number[-4:]}",
        "birthDate": None,
    }


async def test_who_has_the_scope_sees_the_member_in_full(platform: Platform) -> None:
    await anna_adler(platform)

    shown = await platform.as_operator(
        '{ member(by: {email: "anna@example.test"}) { displayName email phone birthDate passes { addUrl } } }'
    )

    assert (shown["member"]["email"], shown["member"]["birthDate"]) == ("anna@example.test", "1984-05-06")
    assert shown["member"]["passes"][0]["addUrl"].startswith("http")


async def test_an_agent_lists_nobody_and_finds_nobody_by_a_beginning(platform: Platform) -> None:
    anna = await anna_adler(platform)
    number = await platform.services.database.pool.fetchval("SELECT member_number FROM member WHERE member_id = $1", anna)
    document = "query ($search: String) { members(search: $search) { edges { node { displayName } } } }"

    assert [(await refused(platform, document, search=text))["code"] for text in (None, "", number[:6], "anna")] == ["BAD_ARGUMENT"] * 4
    for text in (number, "anna@example.test", "+1 202 555 0123"):
        assert len((await ask(platform, document, search=text))["members"]["edges"]) == 1


async def test_an_agent_looks_at_so_many_an_hour(desk: Platform) -> None:
    await desk.enrol()
    document = '{ member(by: {email: "anna@example.test"}) { displayName } }'

    for _ in range(10):
        await ask(desk, document)

    problem = await refused(desk, document)
    assert problem["code"] == "THROTTLED"
    assert 0 < problem["retryAfter"] <= 360


async def test_an_agent_does_not_guess_addresses_without_end(platform: Platform) -> None:
    for name in ("credential operator:agatha", "address 127.0.0.1"):
        platform.services.misses._buckets.take(name, 999)

    assert await ask(platform, '{ member(by: {email: "nobody@example.test"}) { id } }') == {"member": None}
    assert (await refused(platform, '{ member(by: {email: "other@example.test"}) { id } }'))["code"] == "THROTTLED"
    goodwill = "mutation ($input: AdjustAccountInput!) { adjustAccount(input: $input) { __typename } }"
    given = {
        "idempotencyKey": key(),
        "member": {"email": "x@example.test"},
        "unit": "points",
        "quantity": "1",
        "reason": "GOODWILL",
        "note": "n",
    }
    assert (await refused(platform, goodwill, input=given))["code"] == "THROTTLED"


async def test_each_look_of_an_agent_is_a_row_of_the_trail(platform: Platform) -> None:
    anna = await platform.enrol()
    await ask(platform, '{ member(by: {email: "anna@example.test"}) { displayName } }')
    await ask(platform, '{ member(by: {email: "nobody@example.test"}) { displayName } }')

    rows = await platform.services.database.pool.fetch(
        "SELECT actor, members, detail FROM audit WHERE action = 'LOOK' ORDER BY at, audit_id"
    )

    assert [(row["actor"], row["members"]) for row in rows] == [("operator:agatha", [anna]), ("operator:agatha", [])]
    assert "example.test" not in str([row["detail"] for row in rows])


async def test_an_agent_reads_why_a_transaction_gave_what_it_did(platform: Platform) -> None:
    await platform.enrol()
    posted = await platform.post("49.00")

    told = await ask(
        platform,
        "query ($id: ID!) { transaction(id: $id) { reference accruals { quantity because { rule text } } missed { rule text } } }",
        id=posted["transaction"]["id"],
    )

    assert told["transaction"]["accruals"][0]["because"][0]["rule"] == "base"
    assert "big-basket" in [one["rule"] for one in told["transaction"]["missed"]]
    assert await ask(platform, 'query { transaction(id: "nonsense") { reference } }') == {"transaction": None}


async def test_goodwill_goes_to_the_budget_and_no_further(platform: Platform) -> None:
    await platform.enrol()
    document = """mutation ($input: AdjustAccountInput!) { adjustAccount(input: $input) {
      __typename ... on AccountAdjusted { account { available } } ... on LimitExceeded { code limit resetsAt } ... on UserError { code message path }
    } }"""

    async def give(quantity: str, reason: str = "GOODWILL") -> Any:
        given = {"idempotencyKey": key(), "member": {"email": "anna@example.test"}, "unit": "points", "quantity": quantity}
        return (await ask(platform, document, input={**given, "reason": reason, "note": "a late parcel"}))["adjustAccount"]

    assert await give("500") == {"__typename": "AccountAdjusted", "account": {"available": "500"}}
    beyond = await give("1")
    assert (beyond["__typename"], beyond["limit"]) == ("LimitExceeded", "500 points of goodwill a day for one member, 0 points left")
    assert beyond["resetsAt"] is not None
    assert (await give("501"))["limit"] == "500 points of goodwill at once"
    assert [(await give(quantity, reason))["code"] for quantity, reason in (("-1", "GOODWILL"), ("1", "CORRECTION"))] == ["NOT_ALLOWED"] * 2
