"""What the operator's people ask and do."""

from typing import Any

from builders.platform import REGISTER, Platform, key
from honeyguide.caller import Audience

ADJUST = """
mutation ($input: AdjustAccountInput!) {
  adjustAccount(input: $input) {
    __typename
    ... on AccountAdjusted { replayed transaction { id kind reference } account { id available unit { code } expiring { quantity expiresOn } } }
    ... on InsufficientBalance { asked available }
    ... on UserError { code path }
  }
}
"""
MEMBERS = """
query ($search: String, $first: Int, $after: String, $last: Int, $before: String) {
  members(search: $search, first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { ...Record } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
fragment Record on MemberRecord {
  id memberNumber email locale tier { tier { code } } accounts { unit { code } available } activity(first: 2) { edges { node { kind } } }
}
"""


def adjustment(quantity: str, **more: Any) -> dict[str, Any]:
    given = {
        "idempotencyKey": key(),
        "member": {"email": "anna@example.test"},
        "unit": "points",
        "quantity": quantity,
        "reason": "GOODWILL",
        "note": "late delivery",
    }
    return {**given, **more}


async def adjust(platform: Platform, **given: Any) -> Any:
    return (await platform.as_operator(ADJUST, {"input": given}))["adjustAccount"]


async def test_an_adjustment_gives_and_takes_and_shows_the_account(platform: Platform) -> None:
    await platform.enrol()
    body = adjustment("500", expiresOn="2027-01-31")

    given = await adjust(platform, **body)
    again = await adjust(platform, **body)
    taken = await adjust(platform, **adjustment("-200"))
    too_much = await adjust(platform, **adjustment("-301"))
    wrong = (("0", {}), ("1.5", {}), ("1", {"unit": "x"}), ("1", {"expiresOn": "2020-01-01"}))
    refused = [await adjust(platform, **adjustment(quantity, **more)) for quantity, more in wrong]
    nobody = await adjust(platform, **adjustment("1", member={"email": "nobody@example.test"}))
    silent = await platform.send(
        Audience.OPERATOR,
        platform.token(Audience.OPERATOR, "olivia"),
        {"query": ADJUST, "variables": {"input": adjustment("1", note=" ")}},
    )

    assert (given["replayed"], again["replayed"]) == (False, True)
    assert given["account"]["available"] == "500"
    assert given["account"]["expiring"] == [{"quantity": "500", "expiresOn": "2027-01-31"}]
    assert given["transaction"]["kind"] == "ADJUSTMENT"
    assert taken["account"]["available"] == "300"
    assert (too_much["__typename"], too_much["asked"], too_much["available"]) == ("InsufficientBalance", "301", "300")
    assert [one["code"] for one in refused] == ["ZERO_QUANTITY", "TOO_MANY_DECIMALS", "UNKNOWN_UNIT", "IN_THE_PAST"]
    assert nobody["__typename"] == "MemberNotFound"
    assert silent.json()["data"]["adjustAccount"] == {"__typename": "TransactionRejected", "code": "INVALID_VALUE", "path": ["note"]}


async def test_members_are_found_listed_in_pages_and_read_by_one_statement_a_page(platform: Platform) -> None:
    for number in range(5):
        platform.clock.move(minutes=1)
        await platform.enrol(f"member-{number}@example.test")
    await platform.post("79.90", email="member-3@example.test")

    async def page(**variables: Any) -> Any:
        return (await platform.as_operator(MEMBERS, variables))["members"]

    whole = await page()
    first = await page(first=2)
    rest = await page(first=3, after=first["pageInfo"]["endCursor"])
    last = await page(last=2)
    found = await page(search="member-3@example.test")
    emails = [edge["node"]["email"] for edge in whole["edges"]]

    assert emails == [f"member-{number}@example.test" for number in range(5)]
    assert [edge["node"]["email"] for edge in first["edges"] + rest["edges"]] == emails
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)
    assert [edge["node"]["email"] for edge in last["edges"]] == emails[3:]
    (only,) = found["edges"]
    assert {account["unit"]["code"]: account["available"] for account in only["node"]["accounts"]}["points"] == "104"
    assert {row["node"]["kind"] for row in only["node"]["activity"]["edges"]} == {"EARNED"} or only["node"]["activity"]["edges"]


async def test_one_member_is_found_by_number_and_again_by_id(platform: Platform) -> None:
    await platform.enrol()
    query = "query ($by: MemberLookup!) { member(by: $by) { id memberNumber email } }"

    member = (await platform.as_operator(query, {"by": {"email": "anna@example.test"}}))["member"]
    by_number = (await platform.as_operator(query, {"by": {"memberNumber": member["memberNumber"]}}))["member"]
    nobody = (await platform.as_operator(query, {"by": {"phone": "+4912345"}}))["member"]
    node = (await platform.as_operator("query ($id: ID!) { node(id: $id) { ... on MemberRecord { email } } }", {"id": member["id"]}))[
        "node"
    ]

    assert by_number == member
    assert nobody is None
    assert node == {"email": "anna@example.test"}


async def test_partners_sign_in_with_what_their_registration_showed(platform: Platform) -> None:
    token = await platform.partner_token("grocer")
    shown = platform.partners["grocer"]
    form = {"grant_type": "client_credentials", "client_id": shown["clientId"], "client_secret": shown["clientSecret"]}

    granted = (await platform.http.post("/oauth/token", data=form)).json()
    answer = await platform.send(
        Audience.PARTNER, granted["access_token"], {"query": "{ partner { id name categories locations { code name } } }"}
    )
    again = (
        await platform.as_operator(
            REGISTER, {"input": {"idempotencyKey": key(), "code": "grocer", "name": "G", "locations": [], "scopes": ["read"]}}
        )
    )["registerPartner"]
    wrong = await platform.send(
        Audience.OPERATOR,
        platform.token(Audience.OPERATOR, "olivia"),
        {
            "query": REGISTER,
            "variables": {"input": {"idempotencyKey": key(), "code": "x y", "name": "X", "locations": [], "scopes": ["read"]}},
        },
    )

    assert token and answer.json()["data"]["partner"]["name"] == "Grocer"
    assert answer.json()["data"]["partner"]["locations"] == [{"code": "7", "name": "grocer in Main Street"}]
    assert (again["__typename"], again["code"]) == ("PartnerExists", "ALREADY_EXISTS")
    refused = wrong.json()["data"]["registerPartner"]
    assert (refused["__typename"], refused["code"], refused["path"]) == ("TransactionRejected", "INVALID_VALUE", ["code"])


async def test_the_operator_watches_books_and_passes(platform: Platform) -> None:
    await platform.enrol()
    await platform.post("79.90")
    query = """{
      partners { name }
      program { name version }
      conservation { checkedAt transactions brokenRows { rule member detail } }
      passDelivery { stale oldestStaleSince pushedLastHour failedLastHour googleQueueSeconds }
      certificates { passType isOwn use standing fingerprint validFrom validUntil daysLeft }
      reviewQueue { edges { cursor } pageInfo { hasNextPage } }
    }"""

    seen = await platform.as_operator(query)

    assert seen["partners"] == [{"name": "Grocer"}]
    assert seen["conservation"] == {"checkedAt": "2026-11-22T12:00:00Z", "transactions": "2", "brokenRows": []}
    assert seen["passDelivery"]["stale"] == 0
    assert seen["reviewQueue"]["edges"] == []
    # A8: one row a use, until when, and no key.
    certificates = {one["use"]: one for one in seen["certificates"]}
    assert sorted(certificates) == ["INTERMEDIATE", "PUSH", "SIGNING"]
    assert {(one["standing"], one["isOwn"]) for one in seen["certificates"]} == {("IN_USE", False)}
    assert certificates["SIGNING"]["fingerprint"] == certificates["PUSH"]["fingerprint"]
    assert {len(one["fingerprint"]) for one in seen["certificates"]} == {64}
    assert all(one["daysLeft"] > 300 for one in seen["certificates"])


async def test_ids_find_accounts_rows_and_cards_again(platform: Platform) -> None:
    member = await platform.enrol()
    await platform.post("79.90")
    me = (
        await platform.as_member(
            member, "{ me { id accounts { id available } activity { edges { node { id kind transaction { id } } } } } }"
        )
    )["me"]
    ids = [
        me["id"],
        me["accounts"][0]["id"],
        me["activity"]["edges"][0]["node"]["id"],
        me["activity"]["edges"][0]["node"]["transaction"]["id"],
    ]
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Account { available } ... on Member { memberNumber } } }"

    own = (await platform.as_member(member, query, {"ids": ids}))["nodes"]
    stranger = (await platform.as_member(await platform.enrol("bert@example.test"), query, {"ids": [*ids, "x", ids[0][:-1] + "A"]}))[
        "nodes"
    ]

    assert [node["__typename"] for node in own] == ["Member", "Account", "Activity", "Transaction"]
    assert [node["id"] for node in own] == ids
    assert own[1]["available"] == me["accounts"][0]["available"]
    assert stranger == [None] * 6
