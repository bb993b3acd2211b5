"""The member's dashboard: one statement, the books as they are at that moment."""

from pathlib import Path
from typing import Any

import asyncpg

from builders.platform import Platform
from honeyguide.caller import Audience

DASHBOARD = (Path(__file__).parents[2] / "schema/operations/member/dashboard.graphql").read_text()

PAGE = """
query ($f: Int, $a: String, $l: Int, $b: String) {
  me { activity(first: $f, after: $a, last: $l, before: $b) {
    edges { node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  } }
}
"""


async def dashboard(
    platform: Platform, member_id: Any, operation: str = "Dashboard", headers: dict[str, str] | None = None, **variables: Any
) -> Any:
    body = {"query": DASHBOARD, "operationName": operation, "variables": variables}
    answer = (await platform.send(Audience.MEMBER, platform.token(Audience.MEMBER, str(member_id)), body, **(headers or {}))).json()
    assert "errors" not in answer, answer
    return answer["data"]


async def test_a_new_member_has_the_first_tier_and_nothing_else(platform: Platform) -> None:
    member = await platform.enrol()

    me = (await dashboard(platform, member))["me"]

    assert me["status"] == "ACTIVE"
    assert me["tier"]["tier"]["code"] == "fledgling"
    assert me["accounts"] == []
    assert me["activity"] == {"edges": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}
    assert me["passes"] == []
    assert me["progress"][0]["next"]["code"] == "forager"


async def test_points_cashback_tier_progress_and_statement_follow_a_purchase(platform: Platform) -> None:
    member = await platform.enrol()
    fuel = [{"lineId": "1", "sku": "diesel", "category": "FUEL", "quantity": "1", "amount": "50.00"}]

    await platform.post("79.90")
    await platform.post("50.00", partner="fuel", lines=fuel)

    me = (await dashboard(platform, member))["me"]
    accounts = {account["unit"]["code"]: account for account in me["accounts"]}
    assert accounts["points"]["available"] == str(79 + 25 + 50)
    assert [lot["expiresOn"] for lot in accounts["points"]["expiring"]] == ["2028-11-22"]
    assert accounts["cashback"]["available"] == "0.00"
    assert accounts["cashback"]["pendingLots"] == [{"quantity": accounts["cashback"]["pending"], "availableOn": "2026-12-06"}]
    assert me["progress"][0]["current"] == "129.90"
    rows = [edge["node"] for edge in me["activity"]["edges"]]
    assert {row["kind"] for row in rows} == {"EARNED", "PENDING"}
    assert rows[0]["partner"] == {"name": "Fuel"}
    assert rows[-1]["title"] == "Purchase at Grocer"
    points = [row for row in rows if row["unit"]["code"] == "points"]
    assert points[0]["balanceAfter"] == accounts["points"]["available"]


async def test_what_matured_is_available_before_any_sweep_and_what_expired_is_not(platform: Platform) -> None:
    member = await platform.enrol()
    await platform.post(
        "100.00", partner="fuel", lines=[{"lineId": "1", "sku": "diesel", "category": "FUEL", "quantity": "1", "amount": "100.00"}]
    )

    platform.clock.move(days=15)
    matured = (await dashboard(platform, member))["me"]
    platform.clock.move(days=720)
    expired = (await dashboard(platform, member))["me"]

    cashback = next(account for account in matured["accounts"] if account["unit"]["code"] == "cashback")
    assert (cashback["available"], cashback["pending"], cashback["pendingLots"]) == ("2.00", "0.00", [])
    points = next(account for account in expired["accounts"] if account["unit"]["code"] == "points")
    assert (points["available"], points["expiring"]) == ("0", [])


async def test_a_dashboard_is_one_statement(platform: Platform) -> None:
    member = await platform.enrol()
    await platform.post("79.90")
    sent: list[str] = []
    original = asyncpg.Connection._do_execute

    async def counted(self: Any, query: str, *arguments: Any, **more: Any) -> Any:
        sent.append(query)
        return await original(self, query, *arguments, **more)

    asyncpg.Connection._do_execute = counted  # type: ignore[method-assign]
    try:
        await dashboard(platform, member)
    finally:
        asyncpg.Connection._do_execute = original  # type: ignore[method-assign]

    assert len([query for query in sent if "reader.member_id" in query]) == 1
    assert not [
        query
        for query in sent
        if "reader.member_id" not in query and "program_version" not in query and "credential" not in query and "rate_bucket" not in query
    ]


async def test_the_union_of_pages_is_the_statement_in_both_directions(platform: Platform) -> None:
    member = await platform.enrol()
    for number in range(7):
        await platform.post(f"{50 + number}.00")

    async def page(**variables: Any) -> Any:
        return (await platform.as_member(member, PAGE, variables))["me"]["activity"]

    whole = [edge["node"]["id"] for edge in (await page(f=100))["edges"]]
    forward, cursor = [], None
    while True:
        found = await page(f=3, a=cursor)
        forward += [edge["node"]["id"] for edge in found["edges"]]
        await platform.post("51.00")  # what is inserted meanwhile changes no page behind
        if not found["pageInfo"]["hasNextPage"]:
            break
        cursor = found["pageInfo"]["endCursor"]
    backward, cursor = [], None
    while True:
        found = await page(l=4, b=cursor)
        backward = [edge["node"]["id"] for edge in found["edges"]] + backward
        if not found["pageInfo"]["hasPreviousPage"]:
            break
        cursor = found["pageInfo"]["startCursor"]

    assert forward == whole
    assert backward[-len(whole) :] == whole
    assert len(set(backward)) == len(backward)


async def test_purchases_are_listed_with_what_they_earned(platform: Platform) -> None:
    member = await platform.enrol()
    first = await platform.post("79.90")
    await platform.post("10.00", partner="fuel")

    found = (await dashboard(platform, member, "Purchases", first=1))["me"]["purchases"]
    rest = (await dashboard(platform, member, "Purchases", after=found["pageInfo"]["endCursor"]))["me"]["purchases"]

    assert [edge["node"]["partner"]["name"] for edge in found["edges"]] == ["Fuel"]
    assert [edge["node"]["id"] for edge in rest["edges"]] == [first["transaction"]["id"]]
    assert rest["pageInfo"]["hasNextPage"] is False


async def test_texts_follow_the_reader_then_the_member_then_the_program(platform: Platform) -> None:
    member = await platform.enrol(locale="de")
    await platform.post("79.90")

    asked = (await dashboard(platform, member, headers={"Accept_Language": "en-US,de;q=0.5"}))["me"]
    own = (await dashboard(platform, member))["me"]

    assert asked["activity"]["edges"][0]["node"]["title"] == "Purchase at Grocer"
    assert own["activity"]["edges"][0]["node"]["title"] == "Einkauf bei Grocer"
    assert own["accounts"][0]["unit"]["name"] == "Punkte"


async def test_a_card_is_issued_once_and_shown_with_its_links(platform: Platform) -> None:
    member = await platform.enrol()

    first = (await dashboard(platform, member, "GetCard", input={"style": "membership"}))["issuePass"]["pass"]
    again = (await dashboard(platform, member, "GetCard", input={"style": "membership"}))["issuePass"]["pass"]
    other = (await dashboard(platform, member, "GetCard", input={"style": "tattoo"}))["issuePass"]
    me = (await dashboard(platform, member))["me"]

    assert first["id"] == again["id"]
    assert first["state"] == "ISSUED"
    assert first["addUrl"].startswith("http://127.0.0.1:8123/add/")
    assert (other["code"], other["path"]) == ("NOT_FOUND", ["style"])
    assert [card["id"] for card in me["passes"]] == [first["id"]]


async def test_the_program_explains_itself(platform: Platform) -> None:
    member = await platform.enrol()

    program = (await dashboard(platform, member, "HowToEarn"))["program"]

    assert program["version"] == 1
    assert [unit["name"] for unit in program["units"]] == ["points", "cashback"]
    units = (await platform.as_member(member, "{ program { units { code currency } } }"))["program"]["units"]
    assert units == [{"code": "points", "currency": None}, {"code": "cashback", "currency": "USD"}]
    assert [tier["rank"] for tier in program["tiers"]] == [0, 1, 2]
    assert {"base", "big-basket", "fuel"} <= {way["rule"] for way in program["waysToEarn"]}
    assert program["terms"]


async def test_a_list_may_be_answered_under_any_name(platform: Platform) -> None:
    member = await platform.enrol()
    await platform.post("10.00")
    query = """{ me {
      profile: activity(first: 1) { edges { node { kind } } }
      balances: purchases(first: 1) { edges { node { kind } } }
      windows: activity(first: 1) { edges { node { kind } } }
      passes: purchases(first: 1) { edges { node { kind } } }
      accounts { available }
      progress { current }
    } }"""

    me = (await platform.as_member(member, query))["me"]

    assert me["profile"] == me["windows"] == {"edges": [{"node": {"kind": "EARNED"}}]}
    assert me["balances"] == me["passes"] == {"edges": [{"node": {"kind": "PURCHASE"}}]}
    assert me["accounts"][0]["available"] == "10"
    assert me["progress"]


async def test_a_tier_that_ended_is_told_alike_to_member_and_till_whoever_looks_first(platform: Platform) -> None:
    member = await platform.enrol()
    await platform.post("1200.00")
    query = "{ me { tier { tier { code } since until } } }"
    identify = """mutation { identify(input: { by: { email: "anna@example.test" } }) {
      ... on MemberIdentified { member { tier { code } } }
    } }"""

    held = (await platform.as_member(member, query))["me"]["tier"]
    platform.clock.move(days=380)
    ended = (await platform.as_member(member, query))["me"]["tier"]
    at_till = (await platform.as_partner("grocer", identify))["identify"]["member"]["tier"]
    platform.clock.move(days=1)
    later = (await platform.as_member(member, query))["me"]["tier"]

    assert (held["tier"], held["until"]) == ({"code": "forager"}, "2027-11-22T23:59:59.999999Z")
    assert ended == later == {"tier": {"code": "fledgling"}, "since": "2027-11-23T00:00:00Z", "until": None}
    assert at_till == {"code": "fledgling"}
