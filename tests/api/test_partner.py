"""What a till asks and does beside posting: identify, quote, redeem, look up its own posts."""

from typing import Any

import pytest

from builders.platform import ENROL, TILL, Platform, key
from honeyguide.caller import Audience

PAGE = """
query ($f: Int, $a: String, $l: Int, $b: String) {
  transactions(first: $f, after: $a, last: $l, before: $b) {
    edges { node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""


def redemption(quantity: str, **more: Any) -> dict[str, Any]:
    given = {"idempotencyKey": key(), "member": {"email": "anna@example.test"}, "reference": key(), "unit": "points", "quantity": quantity}
    return {**given, **more}


async def test_a_handle_serves_the_whole_sale_at_its_partner_and_location_only(platform: Platform) -> None:
    await platform.enrol()

    found = await platform.till("Identify", input={"by": {"email": "anna@example.test"}, "location": "7"})
    here = await platform.post("10.00", member={"handle": found["handle"]}, location="7")
    elsewhere = await platform.post("10.00", member={"handle": found["handle"]})
    other = await platform.post("10.00", partner="fuel", member={"handle": found["handle"]}, location="7")
    platform.clock.move(minutes=16)
    late = await platform.post("10.00", member={"handle": found["handle"]}, location="7")

    assert (found["proof"], found["expiresAt"]) == ("NUMBER", "2026-11-22T12:15:00Z")
    assert here["__typename"] == "TransactionPosted"
    assert {refused["__typename"] for refused in (elsewhere, other, late)} == {"MemberNotFound"}


async def test_a_till_sees_a_masked_name_and_what_it_may_redeem(platform: Platform) -> None:
    member = await platform.enrol()
    pool = platform.services.database.pool
    await pool.execute("UPDATE person SET display_name = 'Anna Maria Schmidt' WHERE member_id = $1", member)
    await platform.post("2000.00")

    found = await platform.till("Identify", input={"by": {"email": "ANNA@example.test"}})

    points = next(account for account in found["member"]["accounts"] if account["unit"]["code"] == "points")
    assert found["member"]["maskedName"] == "A••• S•••"
    assert int(points["available"]) > int(points["redeemable"]) > 0
    assert points["worth"] == {"amount": f"{int(points['redeemable']) / 100:.2f}", "currency": "USD"}
    assert "anna" not in str(found).lower()


async def test_a_quote_tells_what_posting_would_and_writes_nothing(platform: Platform) -> None:
    await platform.enrol()
    amount = {"amount": "79.90", "currency": "USD"}
    pool = platform.services.database.pool
    before = await pool.fetchval("SELECT count(*) FROM transaction")

    quoted = await platform.till("Quote", input={"member": {"email": "anna@example.test"}, "amount": amount})
    small = await platform.till("Quote", input={"amount": {"amount": "40.00", "currency": "USD"}})
    stranger = await platform.till("Quote", input={"amount": amount})
    nobody = await platform.till("Quote", input={"member": {"email": "nobody@example.test"}, "amount": amount})
    negative = await platform.till("Quote", input={"amount": {"amount": "-1", "currency": "USD"}})
    posted = await platform.post("79.90")

    assert [accrual["quantity"] for accrual in quoted["accruals"]] == [accrual["quantity"] for accrual in posted["transaction"]["accruals"]]
    assert any(missed["rule"] == "big-basket" for missed in small["missed"])
    assert {account["unit"]["code"] for account in quoted["redeemable"]} == {"points", "cashback"}
    assert stranger["redeemable"] == []
    assert (nobody["code"], negative["code"]) == ("MEMBER_NOT_FOUND", "NEGATIVE_AMOUNT")
    assert await pool.fetchval("SELECT count(*) FROM transaction") == before + 1


async def test_redeeming_takes_points_once_and_refuses_by_type(platform: Platform) -> None:
    member = await platform.enrol()
    await platform.post("400.00")
    body = redemption("100")

    first = await platform.till("Redeem", input=body)
    again = await platform.till("Redeem", input=body)
    poor = await platform.till("Redeem", input=redemption("999999"))
    duplicate = await platform.till("Redeem", input=redemption("1", reference=body["reference"]))
    refusals = [
        await platform.till("Redeem", input=redemption("1", unit="miles")),
        await platform.till("Redeem", input=redemption("0")),
        await platform.till("Redeem", input=redemption("-5")),
        await platform.till("Redeem", input=redemption("1.5")),
        await platform.till("Redeem", input=redemption("1", member={"memberNumber": "1"})),
    ]
    me = (
        await platform.as_member(
            member, '{ me { account(unit: "points") { available } activity(first: 1) { edges { node { kind quantity title } } } } }'
        )
    )["me"]

    assert (first["__typename"], first["replayed"], again["replayed"]) == ("Redeemed", False, True)
    assert first["transaction"]["kind"] == "REDEMPTION"
    assert (poor["__typename"], poor["asked"]) == ("InsufficientBalance", "999999")
    assert duplicate["transaction"]["id"] == first["transaction"]["id"]
    assert [refused["code"] for refused in refusals] == [
        "UNKNOWN_UNIT",
        "ZERO_QUANTITY",
        "NEGATIVE_AMOUNT",
        "TOO_MANY_DECIMALS",
        "MEMBER_NOT_FOUND",
    ]
    assert me["account"]["available"] == str(400 + 8 * 25 - 100)
    assert me["activity"]["edges"][0]["node"] == {"kind": "REDEEMED", "quantity": "-100", "title": "Redeemed at Grocer"}


async def test_above_the_daily_limit_of_a_number_more_proof_is_needed(platform: Platform) -> None:
    await platform.enrol()
    for _ in range(3):
        await platform.post("3000.00")

    refused = await platform.till("Redeem", input=redemption("5000"))

    assert (refused["__typename"], refused["code"], refused["accepts"]) == ("ProofRequired", "PROOF_REQUIRED", ["PRESENT", "APPROVED"])


async def test_a_partner_finds_and_lists_its_own_posts_and_no_others(platform: Platform) -> None:
    await platform.enrol()
    mine = [await platform.post("10.00", reference=f"receipt-{number}") for number in range(5)]
    theirs = await platform.post("20.00", partner="fuel", reference="receipt-0")
    node = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"

    listed = await platform.till("Day", **{"from": "2026-11-22T00:00:00Z", "to": "2026-11-23T00:00:00Z"})
    found = await platform.till("Receipt", reference="receipt-0")
    dated = await platform.till("Receipt", reference="receipt-0", businessDate="2026-11-21")
    nodes = (await platform.as_partner("grocer", node, {"ids": [mine[0]["transaction"]["id"], theirs["transaction"]["id"], "nonsense"]}))[
        "nodes"
    ]

    assert [edge["node"]["reference"] for edge in listed["edges"]] == [f"receipt-{number}" for number in reversed(range(5))]
    assert found["id"] == mine[0]["transaction"]["id"]
    assert dated is None
    assert nodes == [{"__typename": "Transaction", "id": mine[0]["transaction"]["id"]}, None, None]


async def test_pages_of_a_partners_posts_are_the_whole_list_in_both_directions(platform: Platform) -> None:
    await platform.enrol()
    for _ in range(5):
        await platform.post("10.00")

    async def page(**variables: Any) -> Any:
        return (await platform.as_partner("grocer", PAGE, variables))["transactions"]

    whole = [edge["node"]["id"] for edge in (await page())["edges"]]
    first = await page(f=3)
    second = await page(f=3, a=first["pageInfo"]["endCursor"])
    last = await page(l=2)
    rest = await page(l=100, b=last["pageInfo"]["startCursor"])

    assert [edge["node"]["id"] for edge in first["edges"] + second["edges"]] == whole
    assert [edge["node"]["id"] for edge in rest["edges"] + last["edges"]] == whole
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)
    assert (last["pageInfo"]["hasPreviousPage"], rest["pageInfo"]["hasPreviousPage"]) == (True, False)


@pytest.mark.parametrize("arguments", ["first: 0", "first: 101", "first: 2, last: 2", 'after: "x"', 'after: "W10"', "last: -1"])
async def test_impossible_pages_are_refused(platform: Platform, arguments: str) -> None:
    token = await platform.partner_token("grocer")

    answer = (await platform.send(Audience.PARTNER, token, {"query": f"{{ transactions({arguments}) {{ edges {{ cursor }} }} }}"})).json()

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_ARGUMENT"]


async def test_enrolling_answers_known_and_unknown_alike(platform: Platform) -> None:
    body = {"idempotencyKey": key(), "email": "anna@example.test", "locale": "de"}

    first = (await platform.as_partner("grocer", ENROL, {"input": body}))["enrollMember"]
    again = (await platform.as_partner("grocer", ENROL, {"input": body}))["enrollMember"]
    known = (await platform.as_partner("fuel", ENROL, {"input": {**body, "idempotencyKey": key()}}))["enrollMember"]
    other = (await platform.as_partner("grocer", ENROL, {"input": {**body, "email": "bert@example.test"}}))["enrollMember"]
    wrong = (await platform.as_partner("grocer", ENROL, {"input": {"idempotencyKey": key(), "email": "no address"}}))["enrollMember"]
    nobody = (await platform.as_partner("grocer", ENROL, {"input": {"idempotencyKey": key()}}))["enrollMember"]

    assert set(first) == set(known) and first["replayed"] is known["replayed"] is False
    assert again["replayed"] is True
    assert first["addUrl"].startswith("http://127.0.0.1:8123/add/")
    assert other["__typename"] == "IdempotencyConflict"
    assert (wrong["code"], wrong["path"], nobody["code"]) == ("INVALID_VALUE", ["email"], "MEMBER_REQUIRED")
    assert await platform.services.database.pool.fetchval("SELECT count(*) FROM member") == 1


async def test_who_names_nobody_too_often_is_told_to_wait(platform: Platform) -> None:
    from honeyguide.identity.misses import MissBudget

    object.__setattr__(platform.services, "misses", MissBudget(lambda: 0.0, at_once=3))
    await platform.enrol()

    for _ in range(3):
        await platform.till("Identify", input={"by": {"email": "nobody@example.test"}})
    body = {"query": TILL, "operationName": "Identify", "variables": {"input": {"by": {"email": "anna@example.test"}}}}
    response = await platform.send(Audience.PARTNER, await platform.partner_token("grocer"), body)

    assert (response.status_code, response.headers["retry-after"]) == (429, "2")
    assert response.json()["errors"][0]["extensions"]["code"] == "THROTTLED"
