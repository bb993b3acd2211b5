"""Mallory works for the company, may nearly everything, and is a member. He cannot make himself rich, and each try is on record."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest_asyncio

from builders.by_hand import file_with
from builders.clock import Clock
from builders.platform import Platform, key, running_platform
from builders.provider import OwnProvider, own_provider
from honeyguide.caller import Audience, Caller
from honeyguide.database import Database
from honeyguide.identity.access import SCOPES
from honeyguide.identity.keys import issuer_of, key_ring_of
from honeyguide.identity.providers.provider import Provider, ProviderOptions
from honeyguide.identity.providers.store import put_provider
from honeyguide.identity.tokens import issue_token

SAYS = "__typename ... on UserError { code path }"
WAITS = "... on AwaitsApproval { approval { id state askedBy } replayed }"
MUTATIONS = {
    "adjustAccount": ("AdjustAccountInput", f"{SAYS} {WAITS} ... on AccountAdjusted {{ replayed account {{ available }} }}"),
    "transferPoints": ("TransferPointsInput", f"{SAYS} {WAITS} ... on PointsTransferred {{ replayed }}"),
    "mergeMembers": ("MergeMembersInput", f"{SAYS} {WAITS} ... on MembersMerged {{ replayed }}"),
    "assignTier": ("AssignTierInput", f"{SAYS} {WAITS} ... on TierAssigned {{ replayed }}"),
    "eraseMember": ("EraseMemberInput", f"{SAYS} {WAITS} ... on MemberErased {{ replayed }}"),
    "applyProgram": ("ApplyProgramInput", f"{SAYS} {WAITS} ... on ProgramApplied {{ program {{ version }} }}"),
    "unfreezeMember": ("UnfreezeMemberInput", SAYS),
    "approve": ("ApproveInput", f"{SAYS} ... on ApprovalDecided {{ replayed approval {{ state transaction version }} }}"),
}
MINE, WIFE, RICH = "mallory@example.test", "wife@example.test", "rich@example.test"


@dataclass
class Company:
    """Two servers over one database, and the company's identity provider, which knows Mallory twice."""

    servers: list[Platform]
    idp: OwnProvider
    members: dict[str, UUID]

    def person(self, name: str, email: str | None = None, group: str = "boss") -> str:
        now = int(self.servers[0].clock().timestamp())
        proved = {"email": email or f"{name}@example.test", "email_verified": True}
        return self.idp.token(sub=name, aud="console", iat=now, exp=now + 600, groups=[group], jti=str(uuid4()), **proved)

    def machine(self, client_id: str = "client-1", subject: str = "robot") -> str:
        """As /oauth/token gives it for a credential of an operator."""
        platform = self.servers[0]
        caller = Caller(Audience.OPERATOR, platform.program_id, subject, SCOPES[Audience.OPERATOR], client_id)
        issuer, ring = issuer_of(platform.settings), key_ring_of(platform.settings)
        return issue_token(ring, issuer=issuer, caller=caller, now=platform.clock(), lifetime=timedelta(hours=1))

    async def does(self, token: str, mutation: str, server: int = 0, **given: Any) -> dict[str, Any]:
        kind, answers = MUTATIONS[mutation]
        document = f"mutation ($input: {kind}!) {{ {mutation}(input: $input) {{ {answers} }} }}"
        answer = await self.servers[server].ask(Audience.OPERATOR, token, document, {"input": {"idempotencyKey": key(), **given}})
        return answer[mutation]  # type: ignore[no-any-return]

    async def adjust(self, token: str, email: str, quantity: int, **more: Any) -> dict[str, Any]:
        given = {
            "member": {"email": email},
            "unit": "points",
            "quantity": str(quantity),
            "reason": "CORRECTION",
            "note": "a mistake of ours",
        }
        return await self.does(token, "adjustAccount", **{**given, **more})

    async def has(self, email: str) -> int:
        statement = "SELECT coalesce(sum(posted), 0)::bigint FROM account WHERE member_id = $1 AND unit = 'points'"
        return int(await self.servers[0].services.database.pool.fetchval(statement, self.members[email]))

    async def tried(self) -> list[str]:
        """The codes of what Mallory was refused, oldest first, by the trail."""
        rows = await self.servers[0].services.database.pool.fetch(
            "SELECT detail FROM audit WHERE action = 'REFUSED' AND (actor LIKE '%mallory%' OR actor LIKE '%robot%') ORDER BY at, audit_id"
        )
        return [row["detail"]["code"] for row in rows]


@pytest_asyncio.fixture
async def company(database: Database, database_url: str, home: Path) -> AsyncIterator[Company]:
    clock = Clock()
    async with (
        running_platform(database, database_url, home, program=file_with(), clock=clock) as one,
        running_platform(database, database_url, home, program=file_with(), clock=clock) as other,
        own_provider() as idp,
    ):
        options = ProviderOptions.model_validate({"roles_claim": "groups", "roles": {"boss": "admin", "desk": "agent"}}, strict=False)
        provider = Provider(one.program_id, "corp", Audience.OPERATOR, idp.issuer, ("console",), None, frozenset({"RS256"}), options)
        async with database.transaction() as connection:
            assert await put_provider(connection, provider, clock())
        for platform in (one, other):
            await platform.services.door._revocations.refresh()
        members = {email: await one.enrol(email) for email in (MINE, WIFE, RICH)}
        await one.post("3000.00", email=RICH)
        yield Company([one, other], idp, members)
        broken = await one.as_operator("{ conservation { brokenRows { rule detail } } }")
        assert broken["conservation"]["brokenRows"] == []


async def test_he_cannot_act_on_his_own_account_in_any_way(company: Company) -> None:
    mallory, agent = company.person("mallory"), company.person("mallory", group="desk")
    mine, note = {"email": MINE}, "a mistake of ours"
    node = (await company.servers[0].as_operator(f'{{ member(by: {{email: "{MINE}"}}) {{ id }} }}'))["member"]["id"]
    to_me = {"from": {"email": RICH}, "to": mine, "unit": "points", "quantity": "1", "reason": note}

    answers = [
        await company.adjust(mallory, MINE, 1),
        await company.adjust(agent, MINE, 1, reason="GOODWILL"),
        await company.does(mallory, "transferPoints", **to_me),
        await company.does(mallory, "mergeMembers", source={"email": RICH}, target=mine, note=note),
        await company.does(mallory, "mergeMembers", source=mine, target={"email": RICH}, note=note),
        await company.does(mallory, "assignTier", member=mine, tier="honeyguide", until="2027-11-01", reason="OTHER", note=note),
        await company.does(mallory, "eraseMember", member=node, reason="OTHER"),
        await company.does(mallory, "unfreezeMember", member=mine, note=note),
    ]

    assert [answer.get("code") for answer in answers] == ["OWN_ACCOUNT"] * 8
    assert await company.tried() == ["OWN_ACCOUNT"] * 8
    assert await company.has(MINE) == 0


async def test_he_cannot_feed_his_wifes_account_above_the_limit_nor_in_pieces(company: Company) -> None:
    mallory = company.person("mallory")
    transfer = {"from": {"email": RICH}, "to": {"email": WIFE}, "unit": "points", "reason": "as they wish"}

    at_once = await company.does(mallory, "transferPoints", quantity="1001", **transfer)
    pieces = [await company.does(mallory, "transferPoints", quantity="400", **transfer) for _ in range(3)]
    given = [await company.adjust(mallory, WIFE, 400) for _ in range(3)]

    assert at_once["__typename"] == "AwaitsApproval"
    assert [answer["__typename"] for answer in pieces] == ["PointsTransferred", "PointsTransferred", "AwaitsApproval"]
    assert [answer["__typename"] for answer in given] == ["AccountAdjusted", "AccountAdjusted", "AwaitsApproval"]
    assert await company.has(WIFE) == 1600


async def test_he_cannot_pass_the_limit_by_many_requests_at_once_on_two_servers(company: Company) -> None:
    mallory = company.person("mallory")

    answers = await asyncio.gather(*(company.adjust(mallory, WIFE, 300, server=place % 2) for place in range(10)))

    assert sum(answer["__typename"] == "AccountAdjusted" for answer in answers) == 3
    assert await company.has(WIFE) == 900


async def test_he_cannot_approve_what_he_asked_for_under_any_of_his_names(company: Company) -> None:
    mallory, again = company.person("mallory"), company.person("mallory")
    alter_ego = company.person("m.allory", "Mallory@Example.test")
    asked = await company.adjust(mallory, WIFE, 5000)
    approval = asked["approval"]["id"]

    answers = [
        await company.does(again, "approve", approvalId=approval, decision="APPROVE"),
        await company.does(alter_ego, "approve", approvalId=approval, decision="APPROVE"),
        await company.does(company.machine(), "approve", approvalId=approval, decision="APPROVE"),
        await company.does(mallory, "approve", approvalId=str(uuid4()), decision="APPROVE"),
        await company.does(mallory, "approve", approvalId="nonsense", decision="APPROVE"),
    ]

    assert [answer["code"] for answer in answers] == ["OWN_REQUEST", "OWN_REQUEST", "NOT_A_PERSON", "NOT_FOUND", "NOT_FOUND"]
    assert set(await company.tried()) >= {"OWN_REQUEST", "NOT_A_PERSON", "NOT_FOUND"}
    assert await company.has(WIFE) == 0


async def test_a_colleagues_request_about_him_is_not_his_to_approve(company: Company) -> None:
    asked = await company.adjust(company.person("carol"), MINE, 5000)

    answer = await company.does(company.person("mallory"), "approve", approvalId=asked["approval"]["id"], decision="APPROVE")

    assert answer["code"] == "OWN_ACCOUNT"
    assert await company.has(MINE) == 0


async def test_he_cannot_lower_the_limits_alone(company: Company) -> None:
    mallory = company.person("mallory")
    lowered = {"source": file_with(""), "expectedVersion": 1}

    first = await company.does(mallory, "applyProgram", **lowered)
    in_between = await company.adjust(mallory, WIFE, 5000)

    assert (first["__typename"], in_between["__typename"]) == ("AwaitsApproval", "AwaitsApproval")
    program = await company.servers[0].as_operator("{ program { version } }")
    assert program["program"]["version"] == 1


async def test_two_colleagues_who_approve_at_once_on_two_servers_make_it_happen_once(company: Company) -> None:
    mallory, name = company.person("mallory"), key()
    asked = await company.adjust(mallory, RICH, 5000, idempotencyKey=name)
    before, approval = await company.has(RICH), asked["approval"]["id"]
    colleagues = [company.person("carol"), company.person("dave"), company.person("erin"), company.person("frank")]

    answers = await asyncio.gather(
        *(
            company.does(token, "approve", server=place % 2, approvalId=approval, decision="APPROVE")
            for place, token in enumerate(colleagues)
        )
    )
    again = await company.adjust(mallory, RICH, 5000, idempotencyKey=name)

    assert sorted(answer.get("code", answer["__typename"]) for answer in answers) == ["ALREADY_DECIDED"] * 3 + ["ApprovalDecided"]
    assert (again["__typename"], again["replayed"]) == ("AccountAdjusted", True)
    assert await company.has(RICH) == before + 5000


async def test_what_two_did_together_names_both(company: Company) -> None:
    mallory, carol = company.person("mallory"), company.person("carol")
    asked = await company.adjust(mallory, WIFE, 5000)
    await company.does(carol, "approve", approvalId=asked["approval"]["id"], decision="APPROVE", note="I looked at the receipts")

    rows = await company.servers[0].services.database.pool.fetch(
        "SELECT actor, action FROM audit WHERE approval_id = $1 ORDER BY at, audit_id", UUID(asked["approval"]["id"])
    )
    listed = await company.servers[0].as_operator(
        "{ approvals(state: APPROVED, first: 5) { edges { node { id askedBy decidedBy note request { name value } transaction } } } }"
    )

    assert [(row["actor"], row["action"]) for row in rows] == [
        ("operator:corp/mallory", "ASK_APPROVAL"),
        ("operator:corp/carol", "APPROVE"),
        ("operator:corp/mallory", "ADJUST_ACCOUNT"),
    ]
    [edge] = listed["approvals"]["edges"]
    assert (edge["node"]["askedBy"], edge["node"]["decidedBy"]) == ("corp/mallory", "corp/carol")
    assert {fact["name"]: fact["value"] for fact in edge["node"]["request"]}["quantity"] == "5000"
