"""Members leave, and are forgotten: what the three APIs and the phone tell of it."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

from builders.canaries import found_in
from builders.platform import Platform, key
from honeyguide.caller import Audience
from honeyguide.ledger.books import broken_rows
from honeyguide.wallet.store import PassKey

CLOSE = """
mutation ($input: CloseAccountInput!) {
  closeAccount(input: $input) {
    __typename
    ... on AccountClosed { closedAt replayed settled { unit { code } forfeited paidOut writtenOff payout { amount } } }
    ... on UserError { code path }
  }
}
"""
ERASE = """
mutation ($input: EraseMemberInput!) {
  eraseMember(input: $input) {
    __typename
    ... on MemberErased {
      replayed
      certificate { member erasedBy reason closure sha256 document removed { what count } totals { unit { code } account came went transfers } }
    }
    ... on UserError { code path }
  }
}
"""
CANARIES = ("Canary Annabel", "canary@example.test", "+12025550177")


async def leave(platform: Platform, member_id: UUID, **more: Any) -> Any:
    number = await platform.services.database.pool.fetchval("SELECT member_number FROM member WHERE member_id = $1", member_id)
    given = {"idempotencyKey": key(), "memberNumber": number, **more}
    return (await platform.as_member(member_id, CLOSE, {"input": given}))["closeAccount"]


async def erase(platform: Platform, member: str, **more: Any) -> Any:
    given = {"idempotencyKey": key(), "member": member, "reason": "REQUESTED", **more}
    return (await platform.as_operator(ERASE, {"input": given}))["eraseMember"]


async def record(platform: Platform, email: str = "anna@example.test") -> Any:
    return (await platform.as_operator("query ($by: MemberLookup!) { member(by: $by) { id } }", {"by": {"email": email}}))["member"]


async def test_who_leaves_sees_nothing_any_more_and_no_till_finds_them(platform: Platform) -> None:
    anna = await platform.enrol()
    await platform.post("79.90")
    me = (
        await platform.as_member(
            anna, "{ me { id accounts { id } purchases(first: 1) { edges { node { id } } } activity(first: 1) { edges { node { id } } } } }"
        )
    )["me"]
    mine = me["id"]
    body = {"idempotencyKey": key()}

    wrong = await leave(platform, anna, memberNumber="000000000000")
    left = await leave(platform, anna, **body)
    again = await leave(platform, anna, **body)

    assert (wrong["code"], wrong["path"]) == ("INVALID_VALUE", ["memberNumber"])
    assert (left["__typename"], left["replayed"], again["replayed"]) == ("AccountClosed", False, True)
    settled = {one["unit"]["code"]: one for one in left["settled"]}
    assert (settled["points"]["forfeited"] != "0", settled["points"]["paidOut"], settled["points"]["payout"]) == (True, "0", None)
    assert (await platform.as_member(anna, "{ me { id } }"))["me"] is None
    ids = [mine, me["accounts"][0]["id"], *(me[name]["edges"][0]["node"]["id"] for name in ("purchases", "activity"))]
    assert (await platform.as_member(anna, "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids}))["nodes"] == [None] * 4
    assert (await platform.post("10.00"))["__typename"] == "MemberNotFound"
    assert await record(platform) is None
    shown = await platform.as_operator("query ($id: ID!) { node(id: $id) { ... on MemberRecord { status email } } }", {"id": mine})
    assert shown["node"] == {"status": "CLOSED", "email": "anna@example.test"}


async def test_nothing_that_names_an_erased_person_is_left_in_any_table(platform: Platform) -> None:
    name, email, phone = CANARIES
    anna = await platform.enrol(email, phone=phone)
    pool = platform.services.database.pool
    await pool.execute("UPDATE person SET display_name = $1 WHERE member_id = $2", name, anna)
    number = await pool.fetchval("SELECT member_number FROM member WHERE member_id = $1", anna)
    await platform.post("79.90", email=email)
    await platform.post("79.90", email=None, member={"phone": phone})
    await platform.post("10.00", email=email, occurredAt="2020-01-01T12:00:00Z")  # parked
    await platform.as_member(anna, 'mutation { issuePass(input: { style: "membership" }) { __typename } }')
    barcode = await pool.fetchval("SELECT barcode FROM pass")
    await publish(platform)
    member = (await record(platform, email))["id"]
    canaries = (*CANARIES, number, barcode)
    assert [
        canary for canary in canaries if not await found_in(platform.services.database.pool, canary)
    ] == []  # the test sees what is there

    erased = await erase(platform, member)

    assert erased["__typename"] == "MemberErased", erased
    left = {canary: await found_in(platform.services.database.pool, canary) for canary in canaries}
    await publish(platform)
    left_later = {canary: await found_in(platform.services.database.pool, canary) for canary in canaries}
    assert (left, left_later) == ({canary: [] for canary in canaries}, {canary: [] for canary in canaries})
    assert await broken_rows(pool) == []


async def test_a_certificate_says_what_was_removed_and_that_the_totals_are_what_they_were(platform: Platform) -> None:
    await platform.enrol()
    await platform.post("79.90")
    member = (await record(platform))["id"]
    before = await sums(platform)
    body = {"idempotencyKey": key()}

    erased = await erase(platform, member, **body)
    again = await erase(platform, member, **body)
    other_key = await erase(platform, member)
    nobody = await erase(platform, "bm9ib2R5")

    certificate = erased["certificate"]
    assert hashlib.sha256(certificate["document"].encode()).hexdigest() == certificate["sha256"]
    assert (erased["replayed"], again["replayed"], again["certificate"]) == (False, True, certificate)
    assert (other_key["code"], nobody["code"]) == ("MEMBER_NOT_FOUND", "MEMBER_NOT_FOUND")
    assert {one["what"]: one["count"] for one in certificate["removed"]}.items() >= {"profiles": 1, "emails": 1, "identifiers": 1}.items()
    assert certificate["closure"] is not None
    totals = {(one["unit"]["code"], one["account"]): (one["came"], one["went"]) for one in certificate["totals"]}
    assert totals["points", "issued"][0] == totals["points", "forfeited"][1] != "0"
    after = await sums(platform)
    assert {name: after[name] for name in before} == before  # the closing added its own accounts and changed none
    listed = await platform.as_operator("{ erasures(first: 5) { edges { node { member sha256 } } pageInfo { hasNextPage } } }")
    assert listed["erasures"]["edges"] == [{"node": {"member": member, "sha256": certificate["sha256"]}}]
    assert await broken_rows(platform.services.database.pool) == []


async def test_agents_see_that_a_member_was_erased_and_nothing_else(platform: Platform) -> None:
    await platform.enrol(phone="+12025550123")
    member = (await record(platform))["id"]

    await erase(platform, member)

    document = "query ($id: ID!) { node(id: $id) { ... on MemberRecord { status memberNumber displayName email phone } } }"
    shown = (await platform.as_operator(document, {"id": member}))["node"]
    assert shown == {"status": "ERASED", "memberNumber": "ERASED", "displayName": None, "email": None, "phone": None}
    assert await record(platform) is None
    assert (await platform.as_operator('{ members(search: "anna@example.test") { edges { cursor } } }'))["members"]["edges"] == []


async def test_only_who_may_erase_erases_and_only_who_may_assign_assigns(platform: Platform) -> None:
    token = platform.token(Audience.OPERATOR, "agent", frozenset({"members", "adjust"}))
    erasing = {"idempotencyKey": key(), "member": "x", "reason": "OTHER"}

    refused = await platform.send(Audience.OPERATOR, token, {"query": ERASE, "variables": {"input": erasing}})
    reading = await platform.send(Audience.OPERATOR, token, {"query": "{ erasures { edges { cursor } } }"})

    assert "lacks the scope erase" in refused.text
    assert "lacks the scope erase" in reading.text


async def publish(platform: Platform) -> None:
    """Bring every pass to its newest state, as the worker would."""
    wallet = platform.services.wallet
    for row in await wallet.database.pool.fetch("SELECT program_id, member_id, pass_id FROM pass"):
        await wallet.publisher.publish(PassKey(*row), platform.clock())


async def sums(platform: Platform) -> dict[tuple[str, str], int]:
    """What lies on each system account of the whole program."""
    rows = await platform.services.database.pool.fetch(
        "SELECT a.unit, a.kind, a.owner::text, sum(CASE WHEN a.account_id = t.debit THEN t.amount ELSE -t.amount END)::bigint AS amount"
        " FROM account a JOIN transfer t ON a.account_id IN (t.debit, t.credit) WHERE a.kind <> 'member' GROUP BY 1, 2, 3"
    )
    return {(row["unit"], row["kind"] + row["owner"]): row["amount"] for row in rows}
