"""Operators look at what is parked, judge new partners and freeze; each act is in the trail."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest_asyncio

from builders.platform import GALLERY, Platform, key, running_platform
from honeyguide.caller import Audience, Caller
from honeyguide.database import Database
from honeyguide.ledger.books import broken_rows
from honeyguide.members.lookup import LookupPolicy
from honeyguide.transactions.desk import Desk
from honeyguide.transactions.sweep_review import sweep_review

REVIEWED = GALLERY.read_text().replace("limits:\n", "limits:\n  new_partners: review\n", 1)
PARTNERS = "{ partners { id name } }"
QUEUE = """
query ($partner: ID, $reason: String, $first: Int, $after: String) {
  reviewQueue(partner: $partner, reason: $reason, first: $first, after: $after) {
    edges { cursor node { id reference reason why amount { amount } member location cashier partner { name } } } pageInfo { hasNextPage }
  }
}
"""
REVIEW = """
mutation ($input: ReviewPartnerInput!) {
  reviewPartner(input: $input) { __typename ... on ManyDecided { waiting replayed } ... on UserError { code message } }
}
"""
MANY = """
mutation ($input: DecideParkedOfInput!) {
  decideParkedOf(input: $input) { __typename ... on ManyDecided { waiting replayed } ... on UserError { code } }
}
"""
MEMBER = "mutation ($input: FreezeMemberInput!) { freezeMember(input: $input) { __typename ... on MemberFrozen { member } ... on UserError { code } } }"
UNFREEZE = "mutation ($input: UnfreezeMemberInput!) { unfreezeMember(input: $input) { __typename ... on UserError { code } } }"
FREEZES = "{ freezes { kind member reason frozenBy partner { id } } }"
FREEZE_TILL = "mutation ($input: FreezeTillInput!) { freezeTill(input: $input) { __typename ... on UserError { code } } }"
UNFREEZE_TILL = "mutation ($input: UnfreezeTillInput!) { unfreezeTill(input: $input) { __typename ... on UserError { code } } }"
STAFF = "mutation ($input: MarkStaffInput!) { markStaff(input: $input) { __typename ... on UserError { code } } }"
ENROL = "mutation ($input: EnrollMemberInput!) { enrollMember(input: $input) { __typename ... on UserError { code message } } }"


@pytest_asyncio.fixture
async def office(database: Database, database_url: str, home: Path) -> AsyncIterator[Platform]:
    async with running_platform(database, database_url, home, REVIEWED) as platform:
        yield platform


async def swept(platform: Platform) -> int:
    """What the worker does until it finds no more."""
    services, done = platform.services, 0
    caller, applied = Caller(Audience.OPERATOR, platform.program_id, "worker"), services.programs.current(platform.program_id)

    async def desk_of(partner_id: Any) -> Desk | None:
        partner = await services.partners.partner(platform.program_id, partner_id)
        policy = LookupPolicy(platform.program_id, None, services.handle_key)
        assert partner is not None
        return Desk(
            services.database, services.till, applied, caller, partner, policy, services.claims, platform.clock(), services.programs
        )

    while found := await sweep_review(services.database.pool, platform.program_id, desk_of, platform.clock()):
        done += found
    return done


async def partner_id(platform: Platform, name: str = "Grocer") -> str:
    return next(one["id"] for one in (await platform.as_operator(PARTNERS))["partners"] if one["name"] == name)


async def enrolled(platform: Platform) -> None:
    """By fuel, which is trusted first."""
    await platform.partner_token("fuel")
    given = {"idempotencyKey": key(), "partner": await partner_id(platform, "Fuel"), "decision": "TRUST", "note": "known"}
    await platform.as_operator(REVIEW, {"input": given})
    platform.clock.move(seconds=10)
    await platform.enrol(partner="fuel")


async def test_a_new_partners_posts_wait_until_it_is_trusted_and_then_are_posted_in_their_order(office: Platform) -> None:
    await enrolled(office)
    parked = [await office.post(f"{10 + n}.00", reference=f"r{n}") for n in range(5)]
    refused = (await office.as_partner("grocer", ENROL, {"input": {"idempotencyKey": key(), "email": "new@example.test"}}))["enrollMember"]
    grocer = await partner_id(office)
    given = {"idempotencyKey": key(), "partner": grocer, "decision": "TRUST", "note": "seen their shop"}

    trusted = (await office.as_operator(REVIEW, {"input": given}))["reviewPartner"]
    again = (await office.as_operator(REVIEW, {"input": given}))["reviewPartner"]
    twice = (await office.as_operator(REVIEW, {"input": {**given, "idempotencyKey": key()}}))["reviewPartner"]
    office.clock.move(seconds=10)
    posted, none = await swept(office), await swept(office)
    later = await office.post("10.00")

    assert {one["reason"] for one in parked} == {"PARTNER_UNDER_REVIEW"} and refused["code"] == "TILL_FROZEN"
    assert trusted == {"__typename": "ManyDecided", "waiting": 5, "replayed": False}
    assert again == {**trusted, "replayed": True}
    assert twice["code"] == "NOT_FOUND"
    assert (posted, none) == (5, 0)
    assert later["__typename"] == "TransactionPosted"
    pool = office.services.database.pool
    order = [
        row[0]
        for row in await pool.fetch("SELECT reference FROM transaction WHERE kind = 'PURCHASE' AND reference LIKE 'r%' ORDER BY version")
    ]
    assert order == [f"r{n}" for n in range(5)]
    assert await broken_rows(pool) == []


async def test_a_partner_that_is_refused_stays_out_and_its_tills_hear_so(office: Platform) -> None:
    await enrolled(office)
    await office.post("10.00", reference="r1")
    given = {"idempotencyKey": key(), "partner": await partner_id(office), "decision": "REJECT", "note": "no such shop"}

    await office.as_operator(REVIEW, {"input": given})
    office.clock.move(seconds=10)
    await swept(office)
    again, other = await office.post("10.00", reference="r1"), await office.post("11.00")

    assert again["code"] == "REJECTED_BY_REVIEW"
    assert other["reason"] == "PARTNER_FROZEN"


async def test_the_queue_is_read_by_partner_and_reason_in_pages_and_decided_at_once(platform: Platform) -> None:
    await platform.enrol()
    old = (platform.clock() - timedelta(days=900)).isoformat()
    for number in range(3):
        await platform.post("10.00", occurredAt=old, reference=f"g{number}", cashier="eve")
    await platform.post("10.00", partner="fuel", occurredAt=old, reference="f0")
    grocer = await partner_id(platform)

    first = (await platform.as_operator(QUEUE, {"partner": grocer, "first": 2}))["reviewQueue"]
    rest = (await platform.as_operator(QUEUE, {"partner": grocer, "after": first["edges"][1]["cursor"]}))["reviewQueue"]
    none = (await platform.as_operator(QUEUE, {"reason": "STAFF"}))["reviewQueue"]
    german = (await platform.as_operator(QUEUE, {"partner": grocer}, Accept_Language="de"))["reviewQueue"]["edges"][0]["node"]
    given = {"idempotencyKey": key(), "partner": grocer, "reason": "OLDER_THAN_WINDOW", "decision": "POST", "note": "an offline till"}
    many = (await platform.as_operator(MANY, {"input": given}))["decideParkedOf"]
    swept_ = await swept(platform)
    left = (await platform.as_operator(QUEUE))["reviewQueue"]["edges"]

    assert [edge["node"]["reference"] for edge in (*first["edges"], *rest["edges"])] == ["g0", "g1", "g2"]
    assert first["pageInfo"]["hasNextPage"] and not rest["pageInfo"]["hasNextPage"] and none["edges"] == []
    assert first["edges"][0]["node"]["why"] == "It is older than the partner may post."
    assert german["why"] == "Er ist älter, als der Partner buchen darf." and german["cashier"] == "eve"
    assert many["waiting"] == 3 and swept_ == 3
    assert [edge["node"]["reference"] for edge in left] == ["f0"]


async def test_a_frozen_member_earns_and_does_not_redeem_until_it_ends(platform: Platform) -> None:
    await platform.enrol()
    await platform.post("100.00")
    anna = {"idempotencyKey": key(), "member": {"email": "anna@example.test"}, "note": "asked by the police"}
    burn = {"member": {"email": "anna@example.test"}, "unit": "points", "quantity": "10"}

    frozen = (await platform.as_operator(MEMBER, {"input": anna}))["freezeMember"]
    told = (await platform.as_operator(FREEZES))["freezes"]
    earned = await platform.post("10.00")
    refused = await platform.till("Redeem", input={**burn, "idempotencyKey": key(), "reference": key()})
    ended = (await platform.as_operator(UNFREEZE, {"input": {**anna, "idempotencyKey": key(), "note": "it was not her"}}))["unfreezeMember"]
    told_after = (await platform.as_operator(FREEZES))["freezes"]
    redeemed = await platform.till("Redeem", input={**burn, "idempotencyKey": key(), "reference": key()})

    assert (frozen["__typename"], ended["__typename"]) == ("MemberFrozen", "MemberUnfrozen")
    assert [(one["kind"], one["member"], one["reason"], one["partner"]) for one in told] == [
        ("MEMBER", frozen["member"], "asked by the police", None)
    ]
    assert told_after == []
    kept = await platform.services.database.pool.fetch("SELECT reason, end_reason FROM frozen_member")
    assert [tuple(row) for row in kept] == [("asked by the police", "it was not her")]
    assert earned["__typename"] == "TransactionPosted"
    assert refused["code"] == "MEMBER_FROZEN"
    assert redeemed["__typename"] == "Redeemed"
    acts = [
        row[0]
        for row in await platform.services.database.pool.fetch("SELECT action FROM audit WHERE action LIKE '%FREEZE' ORDER BY at, audit_id")
    ]
    assert sorted(acts) == ["FREEZE", "UNFREEZE"]


async def test_why_a_freeze_of_a_till_ended_is_kept(platform: Platform) -> None:
    await platform.partner_token("grocer")
    given = {"partner": await partner_id(platform), "cashier": "eve"}

    await platform.as_operator(FREEZE_TILL, {"input": {**given, "idempotencyKey": key(), "note": "rings up at night"}})
    told = (await platform.as_operator(FREEZES))["freezes"]
    ended = await platform.as_operator(UNFREEZE_TILL, {"input": {**given, "idempotencyKey": key(), "note": "works at night"}})
    assert ended["unfreezeTill"]["__typename"] == "TillUnfrozen"
    told_after = (await platform.as_operator(FREEZES))["freezes"]

    assert [(one["kind"], one["reason"], one["partner"]["id"], one["member"]) for one in told] == [
        ("CASHIER", "rings up at night", given["partner"], None)
    ]
    assert told_after == []
    kept = await platform.services.database.pool.fetchrow("SELECT reason, end_reason, ended_by FROM frozen")
    assert tuple(kept)[:2] == ("rings up at night", "works at night") and kept["ended_by"] is not None


async def test_a_mistyped_credential_is_not_told_to_be_frozen(platform: Platform) -> None:
    await platform.partner_token("grocer")
    given = {"partner": await partner_id(platform), "credential": "partner-mistyped", "note": "stolen"}

    refused = (await platform.as_operator(FREEZE_TILL, {"input": {**given, "idempotencyKey": key()}}))["freezeTill"]

    assert refused == {"__typename": "TransactionRejected", "code": "NOT_FOUND"}
    assert (await platform.as_operator(FREEZES))["freezes"] == []


async def test_a_marked_cashiers_own_purchase_is_parked_and_nobody_else_is_marked(platform: Platform) -> None:
    await platform.enrol()
    await platform.partner_token("grocer")
    given = {"idempotencyKey": key(), "partner": await partner_id(platform), "member": {"email": "anna@example.test"}, "cashier": "anna"}

    marked = (await platform.as_operator(STAFF, {"input": given}))["markStaff"]
    own, others = await platform.post("10.00", cashier="anna"), await platform.post("10.00", cashier="bob")
    await platform.as_operator(STAFF, {"input": {**given, "idempotencyKey": key(), "works": False}})
    after = await platform.post("10.00", cashier="anna")
    nobody = (await platform.as_operator(STAFF, {"input": {**given, "idempotencyKey": key(), "member": {"email": "no@example.test"}}}))[
        "markStaff"
    ]

    assert marked["__typename"] == "StaffMarked"
    assert own["reason"] == "STAFF_OWN_TILL"
    assert others["__typename"] == after["__typename"] == "TransactionPosted"
    assert nobody["code"] == "MEMBER_NOT_FOUND"
