"""A till's credential is stolen: it is seen, frozen in every server within a second, and what it posted is taken back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest_asyncio

from builders.clock import Clock
from builders.platform import Platform, key, purchase, running_platform
from honeyguide.caller import Audience
from honeyguide.database import Database
from honeyguide.identity.revocations import REVOCATION_SECONDS
from honeyguide.ledger.books import broken_rows

POST = "mutation ($input: PostTransactionInput!) { postTransaction(input: $input) { __typename ... on TransactionParked { reason } } }"
REDEEM = "mutation ($input: RedeemInput!) { redeem(input: $input) { __typename ... on UserError { code } } }"
ODD = """
query ($from: DateTime!, $to: DateTime!) {
  oddTills(from: $from, to: $to) { partner { id name } location cashier purchases figures { name why hits total perMille medianPerMille } }
}
"""
FREEZE = "mutation ($input: FreezeTillInput!) { freezeTill(input: $input) { __typename ... on TillFrozen { changed replayed } } }"
FREEZES = "{ freezes { kind location reason partner { id } } }"
POSTS = "query ($of: PostsOfInput!) { postsOf(of: $of, first: 100) { edges { node { reference kind state } } pageInfo { hasNextPage } } }"
REVERSE = """
mutation ($input: ReversePostsInput!) {
  reversePosts(input: $input) { __typename ... on PostsReversed { reversed next stayed { code message transaction { reference } } } }
}
"""
QUEUE = "query ($reason: String) { reviewQueue(reason: $reason, first: 100) { edges { node { id reference reason why cashier } } } }"
DECIDE = """
mutation ($input: DecideParkedInput!) {
  decideParked(input: $input) { __typename ... on ParkedDecided { decision transaction { id } } ... on UserError { code } }
}
"""
BALANCE = "{ me { accounts { unit { code } available debt } } }"


@pytest_asyncio.fixture
async def servers(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[list[Platform]]:
    clock = Clock(datetime.now(UTC).replace(hour=12))
    async with (
        running_platform(database, database_url, tmp_path, clock=clock) as one,
        running_platform(database, database_url, tmp_path, clock=clock) as other,
    ):
        yield [one, other]


class Chain:
    """Five shops' cashiers of one partner over two servers; each knows only its own credential."""

    def __init__(self, servers: list[Platform]) -> None:
        self.servers = servers
        self.office = servers[0]

    async def token(self, credential: str) -> str:
        await self.office.partner_token("grocer")
        partner = str(self.office.partners["grocer"]["partner_id"])
        return self.office.token(Audience.PARTNER, partner, credential_id=credential)

    async def issue(self, credential: str) -> None:
        """The row of a credential whose tokens this test signs itself."""
        given = (credential, self.office.program_id, str(self.office.partners["grocer"]["partner_id"]), self.office.clock())
        await self.office.services.database.pool.execute(
            "INSERT INTO credential (client_id, program_id, audience, subject, secret_hash, scopes, name, created_at)"
            " VALUES ($1, $2, 'partner', $3, 'none', '{earn,burn}', 'till', $4)",
            *given,
        )

    async def post(self, server: int, credential: str, email: str, amount: str, cashier: str, **more: Any) -> dict[str, Any]:
        given = purchase(self.office.clock(), amount, email, cashier=cashier, **more)
        answer = await self.servers[server].ask(Audience.PARTNER, await self.token(credential), POST, {"input": given})
        result: dict[str, Any] = answer["postTransaction"]
        return result

    async def points(self, member_id: Any) -> dict[str, int]:
        me = (await self.office.as_member(member_id, BALANCE))["me"]
        return {account["unit"]["code"]: int(float(account["available"])) - int(float(account["debt"])) for account in me["accounts"]}


async def test_a_stolen_credential_is_found_frozen_everywhere_and_its_posts_are_taken_back(
    servers: list[Platform], database: Database
) -> None:
    chain = Chain(servers)
    honest = [await chain.office.enrol(f"{place}@example.test") for place in range(4)]
    thief = await chain.office.enrol("thief@example.test")
    for cashier in range(6):
        for number in range(12):
            await chain.post(cashier % 2, f"till-{cashier}", f"{number % 4}@example.test", f"{13 + number}.{17 + cashier}", f"c{cashier}")
    before = [await chain.points(member) for member in honest]
    for number in range(20):
        await chain.post(number % 2, "stolen", "thief@example.test", "80.00", "eve", reference=f"fake-{number}", location="7")

    # Found: unlike the others.
    now = chain.office.clock()
    since, until = (now - timedelta(days=1)).isoformat(), (now + timedelta(days=1)).isoformat()
    odd = (await chain.office.as_operator(ODD, {"from": since, "to": until}))["oddTills"]
    assert odd[0]["cashier"] == "eve"
    assert {"SAME_MEMBER", "ROUND_AMOUNTS"} <= {figure["name"] for figure in odd[0]["figures"]}
    assert "20 of 20 purchases" in odd[0]["figures"][0]["why"]

    # Frozen: known to the other server within a second, though the poll is its only way to hear of it.
    partner = odd[0]["partner"]["id"]
    await chain.issue("stolen")
    given = {"idempotencyKey": key(), "partner": partner, "credential": "stolen", "note": "looks stolen"}
    assert (await chain.office.as_operator(FREEZE, {"input": given}))["freezeTill"] == {
        "__typename": "TillFrozen",
        "changed": True,
        "replayed": False,
    }
    here = await chain.post(0, "stolen", "thief@example.test", "80.00", "eve", reference="late-1", location="7")
    await asyncio.sleep(2 * REVOCATION_SECONDS)  # a busy machine may be late
    there = await chain.post(1, "stolen", "thief@example.test", "80.00", "eve", reference="late-2", location="7")
    assert [here["reason"], there["reason"]] == ["CREDENTIAL_FROZEN", "CREDENTIAL_FROZEN"]
    burn = {"idempotencyKey": key(), "member": {"email": "thief@example.test"}, "reference": key(), "unit": "points", "quantity": "10"}
    burnt = await servers[1].ask(Audience.PARTNER, await chain.token("stolen"), REDEEM, {"input": burn})
    assert burnt["redeem"] == {"__typename": "TransactionRejected", "code": "TILL_FROZEN"}
    assert (await chain.post(1, "till-1", "1@example.test", "5.00", "c1"))["__typename"] == "TransactionPosted"
    assert [one["kind"] for one in (await chain.office.as_operator(FREEZES))["freezes"]] == ["CREDENTIAL"]

    # Taken back, twice by mistake, and each once.
    of = {"partner": partner, "credential": "stolen", "from": since, "to": until}
    posts = (await chain.office.as_operator(POSTS, {"of": of}))["postsOf"]["edges"]
    assert sorted(edge["node"]["reference"] for edge in posts) == sorted(f"fake-{number}" for number in range(20))
    asked = {"idempotencyKey": key(), "posts": of, "note": "stolen credential"}
    first = (await chain.office.as_operator(REVERSE, {"input": asked}))["reversePosts"]
    again = (await servers[1].as_operator(REVERSE, {"input": asked}))["reversePosts"]
    other = (await chain.office.as_operator(REVERSE, {"input": {**asked, "idempotencyKey": key()}}))["reversePosts"]
    assert first["reversed"] == again["reversed"] == 20 and first["next"] is None
    assert other["reversed"] == 0 and {one["code"] for one in other["stayed"]} == {"NOTHING_LEFT_TO_REVERSE"}

    # What came late is looked at and refused.
    queue = (await chain.office.as_operator(QUEUE, {"reason": "CREDENTIAL_FROZEN"}))["reviewQueue"]["edges"]
    assert [edge["node"]["reference"] for edge in queue] == ["late-1", "late-2"]
    assert queue[0]["node"]["why"] == "The credential is frozen." and queue[0]["node"]["cashier"] == "eve"
    for edge in queue:
        decision = {"idempotencyKey": key(), "parked": edge["node"]["id"], "decision": "REJECT", "note": "stolen credential"}
        assert (await chain.office.as_operator(DECIDE, {"input": decision}))["decideParked"]["decision"] == "REJECT"

    after = [await chain.points(member) for member in honest]
    assert after[0] == before[0] and after[2:] == before[2:]
    assert all(not amount for amount in (await chain.points(thief)).values())
    assert await broken_rows(database.pool) == []
    told = {row[0] for row in await database.pool.fetch("SELECT DISTINCT action FROM audit")}
    assert {"FREEZE", "REVERSE_TRANSACTION", "REJECT_PARKED_POST"} <= told
