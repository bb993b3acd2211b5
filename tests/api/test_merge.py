"""The operator merges, unmerges and transfers."""

from __future__ import annotations

from typing import Any

from builders.platform import Platform, key

MERGE = """
mutation ($input: MergeMembersInput!) {
  mergeMembers(input: $input) {
    __typename
    ... on MembersMerged { replayed transaction { id kind } member { email tier { tier { code } } accounts { unit { code } available } } }
    ... on UserError { code message path }
  }
}
"""
UNMERGE = """
mutation ($input: UnmergeMembersInput!) {
  unmergeMembers(input: $input) {
    __typename
    ... on MembersUnmerged { replayed source { email accounts { available } } target { email accounts { available } } }
    ... on UserError { code message path }
  }
}
"""
TRANSFER = """
mutation ($input: TransferPointsInput!) {
  transferPoints(input: $input) {
    __typename
    ... on PointsTransferred { replayed transaction { kind } from { accounts { available } } to { accounts { available } } }
    ... on InsufficientBalance { asked available }
    ... on UserError { code message path }
  }
}
"""
ANNA, BERT = {"email": "anna@example.test"}, {"email": "bert@example.test"}


async def run(platform: Platform, document: str, **given: Any) -> Any:
    (answer,) = (await platform.as_operator(document, {"input": {"idempotencyKey": key(), **given}})).values()
    return answer


async def test_two_members_become_one_and_two_again(platform: Platform) -> None:
    anna = await platform.enrol()
    await platform.enrol("bert@example.test")
    await platform.post("100.00")

    merged = await run(platform, MERGE, source=ANNA, target=BERT, note="one person")
    me = (await platform.as_member(anna, "{ me { id } }"))["me"]
    found = (await platform.as_operator("query ($by: MemberLookup!) { member(by: $by) { email } }", {"by": ANNA}))["member"]
    bought = await platform.post("10.00")
    unmerged = await run(platform, UNMERGE, merge=merged["transaction"]["id"], note="they are two")
    again = await run(platform, UNMERGE, merge=merged["transaction"]["id"], note="they are two")
    back = (await platform.as_member(anna, "{ me { activity { edges { node { kind quantity } } } } }"))["me"]
    broken = (await platform.as_operator("{ conservation { brokenRows { rule } } }"))["conservation"]["brokenRows"]

    assert (merged["__typename"], merged["transaction"]["kind"], merged["member"]["email"]) == ("MembersMerged", "MERGE", BERT["email"])
    assert [account["available"] for account in merged["member"]["accounts"] if account["unit"]["code"] == "points"] == ["150"]
    assert (me, found) == (None, BERT)
    assert bought["__typename"] == "TransactionPosted"
    assert unmerged["__typename"] == "MembersUnmerged"
    assert (unmerged["source"]["accounts"][0]["available"], unmerged["target"]["accounts"][0]["available"]) == ("150", "10")
    assert (again["code"], again["path"]) == ("NOTHING_LEFT_TO_REVERSE", ["merge"])
    assert [edge["node"] for edge in back["activity"]["edges"]][:2] == [
        {"kind": "TRANSFERRED", "quantity": "150"},
        {"kind": "TRANSFERRED", "quantity": "-150"},
    ]
    assert broken == []


async def test_bad_merges_are_refused_by_field(platform: Platform) -> None:
    await platform.enrol()

    himself = await run(platform, MERGE, source=ANNA, target=ANNA, note="x")
    nobody = await run(platform, MERGE, source=ANNA, target=BERT, note="x")
    unknown = await run(platform, UNMERGE, merge="x", note="x")
    silent = await run(platform, MERGE, source=ANNA, target=BERT, note=" ")

    assert (himself["__typename"], himself["code"], himself["path"]) == ("TransactionRejected", "SAME_MEMBER", ["target"])
    assert (nobody["__typename"], nobody["path"]) == ("MemberNotFound", ["target"])
    assert (unknown["code"], unknown["path"]) == ("NOT_FOUND", ["merge"])
    assert (silent["code"], silent["path"]) == ("INVALID_VALUE", ["note"])
    assert "1 to 1000 characters" in silent["message"]


async def test_points_are_transferred_once_and_never_more_than_there_are(platform: Platform) -> None:
    await platform.enrol()
    await platform.enrol("bert@example.test")
    await platform.post("100.00")
    given = {"idempotencyKey": key(), "from": ANNA, "to": BERT, "unit": "points", "quantity": "30", "reason": "a gift"}

    first = await run(platform, TRANSFER, **given)
    again = await run(platform, TRANSFER, **given)
    too_much = await run(platform, TRANSFER, **{**given, "idempotencyKey": key(), "quantity": "121"})
    himself = await run(platform, TRANSFER, **{**given, "idempotencyKey": key(), "to": ANNA})

    assert (first["transaction"]["kind"], first["replayed"], again["replayed"]) == ("TRANSFER", False, True)
    assert (first["from"]["accounts"], first["to"]["accounts"]) == ([{"available": "120"}], [{"available": "30"}])
    assert (too_much["__typename"], too_much["asked"], too_much["available"]) == ("InsufficientBalance", "121", "120")
    assert (himself["code"], himself["path"]) == ("SAME_MEMBER", ["to"])
