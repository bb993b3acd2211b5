"""Persons of an identity provider at the APIs: what each is let do, and what who is turned away is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from builders.platform import Platform
from builders.provider import OwnProvider, key, own_provider
from honeyguide.caller import Audience
from honeyguide.identity.providers.provider import Provider, ProviderOptions
from honeyguide.identity.providers.store import put_provider

ME = {"query": "{ me { id } }"}
PROGRAM = {"query": "{ program { version } }"}


@pytest_asyncio.fixture
async def idp(platform: Platform) -> AsyncIterator[OwnProvider]:
    """Trusted for members, whom it enrols, and for operators with two roles and a second factor."""
    async with own_provider() as idp:
        options = {
            "corp": (Audience.MEMBER, "app", {"enrols": True}),
            "staff": (Audience.OPERATOR, "console", {"roles_claim": "groups", "roles": {"boss": "admin", "desk": "agent"}, "amr": ["mfa"]}),
        }
        async with platform.services.database.transaction() as connection:
            for name, (audience, client, given) in options.items():
                asked = ProviderOptions.model_validate(given, strict=False)
                provider = Provider(platform.program_id, name, audience, idp.issuer, (client,), None, frozenset({"RS256"}), asked)
                assert await put_provider(connection, provider, platform.clock())
        await platform.services.door._revocations.refresh()
        yield idp


def token(platform: Platform, idp: OwnProvider, aud: str = "app", **claims: Any) -> str:
    now = int(platform.clock().timestamp())
    return idp.token(**{"sub": "anna", "aud": aud, "iat": now, "exp": now + 600, **claims})


async def test_a_person_is_a_member_at_first_sight_and_sees_his_own(platform: Platform, idp: OwnProvider) -> None:
    first = await platform.send(Audience.MEMBER, token(platform, idp), ME)
    again = await platform.send(Audience.MEMBER, token(platform, idp, jti="2"), ME)
    other = await platform.send(Audience.MEMBER, token(platform, idp, sub="bert"), ME)

    assert first.status_code == 200 and first.json()["data"]["me"]["id"]
    assert first.json() == again.json() != other.json()


async def test_an_agent_may_less_than_an_admin(platform: Platform, idp: OwnProvider) -> None:
    def staff(group: str) -> str:
        return token(platform, idp, "console", groups=[group], amr=["mfa"])

    agent = await platform.ask(Audience.OPERATOR, staff("desk"), "{ program { version } }")
    refused = await platform.send(Audience.OPERATOR, staff("desk"), {"query": "{ erasures(first: 1) { edges { cursor } } }"})
    admin = await platform.send(Audience.OPERATOR, staff("boss"), {"query": "{ erasures(first: 1) { edges { cursor } } }"})

    assert agent["program"]["version"] == 1
    assert refused.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert "errors" not in admin.json()


async def test_who_is_turned_away_is_told_what_helps_and_a_stranger_nothing(platform: Platform, idp: OwnProvider) -> None:
    no_role = await platform.send(Audience.OPERATOR, token(platform, idp, "console", groups=["canteen"], amr=["mfa"]), PROGRAM)
    one_factor = await platform.send(Audience.OPERATOR, token(platform, idp, "console", groups=["boss"], amr=["pwd"]), PROGRAM)
    forged = await platform.send(Audience.OPERATOR, token(platform, idp, "console", signed_with=key("two")), PROGRAM)
    elsewhere = await platform.send(Audience.MEMBER, token(platform, idp, "console"), ME)

    assert (no_role.status_code, no_role.json()["errors"][0]["extensions"]["code"]) == (403, "FORBIDDEN")
    assert (one_factor.status_code, "insufficient_user_authentication" in one_factor.headers["www-authenticate"]) == (401, True)
    for stranger in (forged, elsewhere):
        assert (stranger.status_code, stranger.json()["errors"][0]["message"]) == (401, "The token is not valid here.")


async def test_who_closed_the_account_is_let_in_no_more_and_the_erased_are_not_enrolled_again(platform: Platform, idp: OwnProvider) -> None:
    first = await platform.send(Audience.MEMBER, token(platform, idp), ME)
    pool = platform.services.database.pool
    member_id = await pool.fetchval("SELECT member_id FROM sign_in_identity")
    node = await platform.as_operator(
        "mutation ($input: EraseMemberInput!) { eraseMember(input: $input) { __typename } }",
        {"input": {"idempotencyKey": "erase-anna-1", "member": first.json()["data"]["me"]["id"], "reason": "REQUESTED"}},
    )
    assert node["eraseMember"]["__typename"] == "MemberErased"

    after = await platform.send(Audience.MEMBER, token(platform, idp, jti="3"), ME)

    assert (after.status_code, after.json()["errors"][0]["extensions"]["code"]) == (403, "FORBIDDEN")
    row = await pool.fetchrow("SELECT member_id, subject FROM sign_in_identity")
    assert row["member_id"] == member_id and row["subject"].startswith("erased:") and "anna" not in row["subject"]
    assert await pool.fetchval("SELECT count(*) FROM member") == 1


async def test_while_the_provider_was_never_reached_the_answer_is_come_back(platform: Platform, idp: OwnProvider) -> None:
    idp.head = b"HTTP/1.1 500 Oops"

    answer = await platform.send(Audience.MEMBER, token(platform, idp), ME)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"


async def test_a_refusal_is_counted_under_its_reason_and_nothing_of_the_token(platform: Platform, idp: OwnProvider) -> None:
    await platform.send(Audience.MEMBER, token(platform, idp, aud="evil-label-canary", sub="subject-canary"), ME)

    counted = (await platform.http.get("/metrics")).text

    assert 'honeyguide_tokens_refused_total{reason="audience"}' in counted
    assert "canary" not in counted
