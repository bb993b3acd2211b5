"""What members do with a household, and what their apps see of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from builders.platform import Platform, key
from honeyguide.api.types.node import NodeId, NodeKind

HOUSEHOLD = """
  household {
    id mayBurn owner { id } members { id displayName mayBurn joinedAt } accounts { unit { code } available expiring { quantity } }
  }
"""
ME = f"{{ me {{ accounts {{ available }} {HOUSEHOLD} }} }}"
CHANGE = f"{{ __typename ... on HouseholdChanged {{ replayed {HOUSEHOLD} }} ... on UserError {{ code path }} }}"
INVITE = "mutation { inviteToHousehold { __typename ... on HouseholdInvitation { token expiresAt } ... on UserError { code path } } }"
REDEEM = """
mutation ($input: RedeemInput!) { redeem(input: $input) { __typename ... on UserError { code } } }
"""


async def change(platform: Platform, by: UUID, mutation: str, /, **given: Any) -> Any:
    name = mutation[0].upper() + mutation[1:]
    document = f"mutation ($input: {name}Input!) {{ {mutation}(input: $input) {CHANGE} }}"
    if mutation != "setHouseholdMember":
        given = {"idempotencyKey": key(), **given}
    return (await platform.as_member(by, document, {"input": given}))[mutation]


async def redeem(platform: Platform, email: str, quantity: str) -> str:
    given = {"idempotencyKey": key(), "member": {"email": email}, "reference": key(), "unit": "points", "quantity": quantity}
    return (await platform.as_partner("grocer", REDEEM, {"input": given}))["redeem"]["__typename"]


async def points(platform: Platform, member: UUID) -> str | None:
    shared = (await platform.as_member(member, ME))["me"]["household"]
    return next((one["available"] for one in shared["accounts"] if one["unit"]["code"] == "points"), None) if shared else None


async def test_a_family_shares_a_pool_from_founding_to_leaving(platform: Platform) -> None:
    anna, bert = await platform.enrol(), await platform.enrol("bert@example.test")
    await platform.post("100.00")

    founded = await change(platform, anna, "foundHousehold")
    token = (await platform.as_member(anna, INVITE))["inviteToHousehold"]["token"]
    platform.clock.move(minutes=1)
    joined = await change(platform, bert, "joinHousehold", token=token)
    await platform.post("10.00", email="bert@example.test")
    pooled = await points(platform, bert)
    not_yet = await redeem(platform, "bert@example.test", "5")
    bert_id = str(NodeId(NodeKind.MEMBER, bert))
    allowed = await change(platform, anna, "setHouseholdMember", member=bert_id, mayBurn=True)
    now = await redeem(platform, "bert@example.test", "5")
    left = await change(platform, bert, "leaveHousehold")
    kept = await points(platform, anna)
    last = await change(platform, anna, "leaveHousehold")
    broken = (await platform.as_operator("{ conservation { brokenRows { rule detail } } }"))["conservation"]["brokenRows"]

    assert (founded["__typename"], founded["household"]["mayBurn"], len(founded["household"]["members"])) == ("HouseholdChanged", True, 1)
    assert (joined["household"]["mayBurn"], joined["household"]["owner"]) == (False, founded["household"]["owner"])
    assert pooled == "160"
    assert (not_yet, now) == ("InsufficientBalance", "Redeemed")
    assert [one["mayBurn"] for one in allowed["household"]["members"]] == [True, True]
    assert (left["household"], last["household"]) == (None, None)
    assert kept == "145"
    assert broken == []


async def test_what_is_not_allowed_is_said_by_code_and_field(platform: Platform) -> None:
    anna, bert = await platform.enrol(), await platform.enrol("bert@example.test")
    await change(platform, anna, "foundHousehold")

    refused = [
        await change(platform, anna, "foundHousehold"),
        await change(platform, bert, "joinHousehold", token="forged"),
        await change(platform, bert, "leaveHousehold"),
        await change(platform, anna, "setHouseholdMember", member="x", mayBurn=True),
        await change(platform, anna, "removeHouseholdMember", member=str(NodeId(NodeKind.MEMBER, bert))),
        await change(platform, anna, "removeHouseholdMember", member=str(NodeId(NodeKind.MEMBER, anna))),
        (await platform.as_member(bert, INVITE))["inviteToHousehold"],
    ]

    assert [(one["__typename"], one["code"], one["path"]) for one in refused] == [
        ("HouseholdRejected", "ALREADY_EXISTS", None),
        ("HouseholdRejected", "CODE_REJECTED", ["token"]),
        ("HouseholdRejected", "NOT_FOUND", None),
        ("HouseholdRejected", "NOT_FOUND", ["member"]),
        ("HouseholdRejected", "NOT_FOUND", ["member"]),
        ("HouseholdRejected", "NOT_ALLOWED", ["member"]),
        ("HouseholdRejected", "NOT_FOUND", None),
    ]


async def test_nobody_outside_sees_a_household_and_its_id_names_nothing_else(platform: Platform) -> None:
    anna, bert = await platform.enrol(), await platform.enrol("bert@example.test")
    await change(platform, anna, "foundHousehold")
    shared = (await platform.as_member(anna, ME))["me"]["household"]

    seen = (await platform.as_member(bert, ME))["me"]["household"]
    ids = [shared["id"], *(account["id"] for account in shared["accounts"] if "id" in account)]
    nodes = (await platform.as_member(bert, "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids}))["nodes"]

    assert seen is None
    assert nodes == [None] * len(ids)
