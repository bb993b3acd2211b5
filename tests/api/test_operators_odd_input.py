"""What operators send that is odd gets a clear answer from each mutation of trust: never a server's error."""

from __future__ import annotations

import json
from typing import Any

import pytest

from builders.platform import GRAPHQL, Platform, key
from honeyguide.caller import Audience

TEXTS = ["\x00", "a\x00b", "\ud800", "x" * 5_000, "", " ", "\u202eabc", "🦜" * 255]
IDS = ["", "x", "\x00", "\ud800", "00000000-0000-0000-0000-000000000000", "x" * 5_000]
MUTATIONS = {
    "decideParked": ("DecideParkedInput", {"parked": None, "decision": "POST", "note": "n"}),
    "decideParkedOf": ("DecideParkedOfInput", {"partner": None, "reason": "STAFF", "decision": "POST", "note": "n"}),
    "reviewPartner": ("ReviewPartnerInput", {"partner": None, "decision": "TRUST", "note": "n"}),
    "freezeTill": ("FreezeTillInput", {"partner": None, "location": "7", "cashier": "c", "credential": "d", "note": "n"}),
    "unfreezeTill": ("UnfreezeTillInput", {"partner": None, "location": "7", "cashier": "c", "credential": "d", "note": "n"}),
    "markStaff": ("MarkStaffInput", {"partner": None, "member": None, "location": "7", "cashier": "c"}),
    "freezeMember": ("FreezeMemberInput", {"member": None, "note": "n"}),
    "approve": ("ApproveInput", {"approvalId": "x", "decision": "APPROVE", "note": "n"}),
    "adjustAccount": ("AdjustAccountInput", {"member": None, "unit": "points", "quantity": "1", "reason": "OTHER", "note": "n"}),
    "transferPoints": ("TransferPointsInput", {"from": None, "to": None, "unit": "points", "quantity": "1", "reason": "n"}),
    "setTierYear": ("SetTierYearInput", {"member": None, "starts": "2026-04-01"}),
    "assignTier": ("AssignTierInput", {"member": None, "tier": "forager", "until": "2027-01-01", "reason": "OTHER", "note": "n"}),
    "eraseMember": ("EraseMemberInput", {"member": None, "reason": "OTHER"}),
    "reversePosts": (
        "ReversePostsInput",
        {"posts": {"partner": None, "cashier": "c", "from": "2026-11-01T00:00:00Z", "to": "2026-11-22T00:00:00Z"}, "note": "n"},
    ),
}
QUERIES = {
    "reviewQueue": """query ($partner: ID, $reason: String, $after: String) {
      reviewQueue(partner: $partner, reason: $reason, after: $after) { edges { cursor } }
    }""",
    "oddTills": "query ($from: DateTime!, $to: DateTime!) { oddTills(from: $from, to: $to) { purchases } }",
    "postsOf": "query ($of: PostsOfInput!, $after: String) { postsOf(of: $of, after: $after) { edges { cursor } } }",
    "approvals": "query ($after: String) { approvals(after: $after) { edges { cursor } } }",
    "members": "query ($search: String) { members(search: $search) { edges { cursor } } }",
    "member": "query ($by: MemberLookup!) { member(by: $by) { id } }",
}


async def sent(platform: Platform, document: str, variables: dict[str, Any]) -> None:
    headers = {
        "Authorization": f"Bearer {platform.token(Audience.OPERATOR, 'olivia')}",
        "Content-Type": "application/json",
        "Accept": GRAPHQL,
    }
    body = json.dumps({"query": document, "variables": variables})  # with escapes: a half of a surrogate pair reaches the server so
    response = await platform.http.post("/operator/graphql", content=body, headers=headers)
    codes = [error.get("extensions", {}).get("code") for error in response.json().get("errors", [])]
    assert response.status_code < 500 and "INTERNAL" not in codes, (variables, response.text[:500])


@pytest.mark.parametrize("name", MUTATIONS)
async def test_a_mutation_answers_whatever_is_sent(platform: Platform, name: str) -> None:
    await platform.enrol()
    await platform.partner_token("grocer")
    kind, usual = MUTATIONS[name]
    partner = (await platform.as_operator("{ partners { id } }"))["partners"][0]["id"]
    anna = {"email": "anna@example.test"}
    node = (await platform.as_operator('{ member(by: {email: "anna@example.test"}) { id } }'))["member"]["id"]
    good: dict[str, Any] = {"partner": partner, "member": node if name == "eraseMember" else anna, "from": anna, "to": anna, "parked": node}

    def filled(given: dict[str, Any]) -> dict[str, Any]:
        return {
            field: good[field] if value is None else filled(value) if isinstance(value, dict) else value for field, value in given.items()
        }

    document = f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ __typename }} }}"
    given = filled(usual)
    for field, value in given.items():
        if name == "eraseMember":
            continue
        inner = [(field, None)] if not isinstance(value, dict) else [(field, one) for one in value]
        for outer, deep in inner:
            for odd in (*TEXTS, *IDS, partner, node):
                changed = {**given, outer: {**given[outer], deep: odd} if deep else odd}
                await sent(platform, document, {"input": {"idempotencyKey": key(), **changed}})
    for odd in (*TEXTS, *IDS, partner):
        await sent(platform, document, {"input": {**given, "idempotencyKey": odd}})
        if name == "eraseMember":
            await sent(platform, document, {"input": {**given, "idempotencyKey": key(), "member": odd}})


async def test_a_question_is_answered_whatever_is_asked(platform: Platform) -> None:
    await platform.enrol()
    await platform.partner_token("grocer")
    await platform.post("10.00", cashier="eve")
    partner = (await platform.as_operator("{ partners { id } }"))["partners"][0]["id"]
    span = {"from": "2026-11-01T00:00:00Z", "to": "2026-11-22T00:00:00Z"}
    for odd in (*TEXTS, *IDS, partner):
        for field in ("partner", "reason", "after"):
            await sent(platform, QUERIES["reviewQueue"], {field: odd})
        for field in ("location", "cashier", "credential", "partner"):
            await sent(platform, QUERIES["postsOf"], {"of": {"partner": partner, "cashier": "eve", **span, field: odd}})
        await sent(platform, QUERIES["postsOf"], {"of": {"partner": partner, "cashier": "eve", **span}, "after": odd})
        await sent(platform, QUERIES["approvals"], {"after": odd})
        await sent(platform, QUERIES["members"], {"search": odd})
        for kind in ("email", "phone", "memberNumber", "handle", "barcode"):
            await sent(platform, QUERIES["member"], {"by": {kind: odd}})
    for since, until in (
        ("1900-01-01T00:00:00Z", "1900-01-02T00:00:00Z"),
        ("8999-12-30T00:00:00Z", "8999-12-31T23:59:59Z"),
        ("1900-01-01T00:00:00Z", "8999-12-31T23:59:59Z"),
        (span["to"], span["from"]),
        ("1969-12-31T00:00:00+14:00", "1970-01-02T00:00:00-12:00"),
    ):
        await sent(platform, QUERIES["oddTills"], {"from": since, "to": until})
        await sent(platform, QUERIES["postsOf"], {"of": {"partner": partner, "cashier": "eve", "from": since, "to": until}})
