"""Partners tend their own credentials, operators those of all; nobody makes one that may do more, or elsewhere, than he may."""

import asyncio
from typing import Any

import httpx
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from builders.platform import Platform, key, purchase
from honeyguide.caller import Audience
from honeyguide.identity import create_credential
from honeyguide.identity.access import SCOPES

FIELDS = "credential { clientId name kind scopes location endsAt revokedAt usedAt } clientSecret replayed"
CREATE = (
    "mutation ($input: CreateCredentialInput!) { it: createCredential(input: $input) { __typename "
    f"... on CredentialCreated {{ {FIELDS} }} ... on UserError {{ code path message }} }} }}"
)
ROTATE = (
    "mutation ($input: RotateCredentialInput!) { it: rotateCredential(input: $input) { __typename "
    f"... on CredentialCreated {{ {FIELDS} }} ... on UserError {{ code path }} }} }}"
)
REVOKE = (
    "mutation ($input: RevokeCredentialInput!) { it: revokeCredential(input: $input) { __typename "
    "... on CredentialRevoked { credential { clientId revokedAt } } ... on UserError { code path } } }"
)
LIST = """query ($first: Int, $after: String) {
  it: credentials(first: $first, after: $after) { edges { cursor node { clientId name location } } pageInfo { hasNextPage endCursor } }
}"""
POST = "mutation ($input: PostTransactionInput!) { it: postTransaction(input: $input) { __typename ... on UserError { code path } } }"
POSTS = "{ it: transactions { edges { node { reference } } } }"


class Shop:
    """The grocer's own people, by whatever token."""

    def __init__(self, platform: Platform, token: str) -> None:
        self.platform, self.token = platform, token

    async def ask(self, document: str, token: str | None = None, **variables: Any) -> Any:
        return (await self.platform.ask(Audience.PARTNER, token or self.token, document, variables))["it"]

    async def create(self, token: str | None = None, **given: Any) -> Any:
        asked = {"idempotencyKey": key(), "name": "till 1", "scopes": ["earn"], **given}
        return await self.ask(CREATE, token, input=asked)

    async def sign_in(self, created: Any, **more: str) -> httpx.Response:
        form = {
            "grant_type": "client_credentials",
            "client_id": created["credential"]["clientId"],
            "client_secret": created["clientSecret"],
        }
        return await self.platform.http.post("/oauth/token", data={**form, **more})

    async def token_of(self, created: Any) -> str:
        answer = await self.sign_in(created)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])


@pytest.fixture
async def shop(platform: Platform) -> Shop:
    return Shop(platform, await platform.partner_token("grocer"))


async def status(shop: Shop, token: str) -> int:
    return (await shop.platform.send(Audience.PARTNER, token, {"query": "{ partner { name } }"})).status_code


async def test_a_partner_makes_a_credential_for_a_till_and_is_told_the_secret_again_for_the_same_key(shop: Shop) -> None:
    asked = {"idempotencyKey": key(), "scopes": ["earn", "read"], "location": "7"}

    made, again = await shop.create(**asked), await shop.create(**asked)
    other = await shop.create(**asked, name="till 2")

    assert made["credential"] | {"clientId": ""} == {
        "clientId": "",
        "name": "till 1",
        "kind": "SECRET",
        "scopes": ["earn", "read"],
        "location": "7",
        "endsAt": None,
        "revokedAt": None,
        "usedAt": None,
    }
    assert (again["clientSecret"], again["replayed"], made["replayed"]) == (made["clientSecret"], True, False)
    assert other["__typename"] == "IdempotencyConflict"
    assert await shop.platform.services.database.pool.fetchval("SELECT count(*) FROM audit WHERE action = 'ISSUE_CREDENTIAL'") >= 1


async def test_nobody_makes_a_credential_that_may_do_more_or_elsewhere(shop: Shop) -> None:
    clerk = await shop.token_of(await shop.create(scopes=["earn", "credentials"], location="7"))

    refused = [
        await shop.create(clerk, scopes=["burn"], location="7"),
        await shop.create(clerk, scopes=["earn"]),
        await shop.create(scopes=["earn"], location="8"),
        await shop.create(scopes=["adjust"]),
        await shop.create(scopes=[]),
        await shop.create(name=" "),
        await shop.create(name="a\u202eb"),
        await shop.create(publicKey='{"kty": "oct", "k": "c2VjcmV0"}'),
    ]

    assert [(one["code"], one["path"]) for one in refused] == [
        ("MORE_THAN_OWN_SCOPES", ["scopes"]),
        ("OTHER_LOCATION", ["location"]),
        ("UNKNOWN_LOCATION", ["location"]),
        ("INVALID_VALUE", ["scopes"]),
        ("INVALID_VALUE", ["scopes"]),
        ("INVALID_VALUE", ["name"]),
        ("INVALID_VALUE", ["name"]),
        ("INVALID_VALUE", ["publicKey"]),
    ]
    assert (await shop.create(clerk, location="7"))["__typename"] == "CredentialCreated"


async def test_a_shops_credential_serves_its_shop_only(shop: Shop) -> None:
    platform = shop.platform
    await platform.enrol()
    await platform.post("10.00", reference="elsewhere")
    till = await shop.token_of(await shop.create(scopes=["earn", "read", "burn"], location="7"))

    async def posted(**more: Any) -> Any:
        return await shop.ask(POST, till, input=purchase(platform.clock(), "10.00", **more))

    here, nowhere = await posted(location="7", reference="here"), await posted()

    assert here["__typename"] == "TransactionPosted"
    assert (nowhere["code"], nowhere["path"]) == ("OTHER_LOCATION", ["location"])
    assert [edge["node"]["reference"] for edge in (await shop.ask(POSTS, till))["edges"]] == ["here"]
    assert len((await shop.ask(POSTS))["edges"]) == 2


async def test_a_rotation_lets_both_work_for_a_while_and_then_the_new_one_only(shop: Shop) -> None:
    old = await shop.create(scopes=["earn", "read"], location="7")
    asked = {"idempotencyKey": key(), "clientId": old["credential"]["clientId"], "overlapHours": 1}

    new = await shop.ask(ROTATE, input=asked)
    both = [(await shop.sign_in(one)).status_code for one in (old, new)]
    shop.platform.clock.move(minutes=59)
    life = (await shop.sign_in(old)).json()["expires_in"]
    shop.platform.clock.move(minutes=2)
    later = [(await shop.sign_in(one)).status_code for one in (old, new)]

    assert (new["credential"]["scopes"], new["credential"]["location"], new["credential"]["name"]) == (["earn", "read"], "7", "till 1")
    assert (both, life, later) == ([200, 200], 60, [401, 200])
    assert (await shop.ask(ROTATE, input=asked)) | {"credential": None} == new | {"credential": None, "replayed": True}
    assert (await shop.ask(ROTATE, input={**asked, "idempotencyKey": key()}))["code"] == "NOT_FOUND"


async def test_of_two_rotations_at_once_both_are_answered_and_both_work(shop: Shop) -> None:
    old = (await shop.create())["credential"]["clientId"]

    answers = await asyncio.gather(*(shop.ask(ROTATE, input={"idempotencyKey": key(), "clientId": old}) for _ in range(2)))

    assert [(await shop.sign_in(one)).status_code for one in answers] == [200, 200]


async def test_a_revoked_credentials_token_is_refused_by_the_next_request(shop: Shop) -> None:
    made = await shop.create()
    token = await shop.token_of(made)
    before = await status(shop, token)

    ended = await shop.ask(REVOKE, input={"clientId": made["credential"]["clientId"]})
    again = await shop.ask(REVOKE, input={"clientId": made["credential"]["clientId"]})

    assert (before, await status(shop, token), (await shop.sign_in(made)).status_code) == (200, 401, 401)
    assert ended == again
    trail = await shop.platform.services.database.pool.fetch("SELECT subject FROM audit WHERE action = 'REVOKE_CREDENTIAL'")
    assert [row["subject"] for row in trail] == [made["credential"]["clientId"]]


async def test_a_rotation_without_overlap_ends_the_old_ones_tokens_at_once(shop: Shop) -> None:
    made = await shop.create()
    token = await shop.token_of(made)

    await shop.ask(ROTATE, input={"idempotencyKey": key(), "clientId": made["credential"]["clientId"], "overlapHours": 0})

    assert (await shop.sign_in(made)).status_code == 401
    assert await status(shop, token) == 401


async def test_what_is_anothers_is_not_there(shop: Shop) -> None:
    platform = shop.platform
    fuel = await platform.partner_token("fuel")
    foreign = (await shop.create(fuel))["credential"]["clientId"]
    own = (await shop.create())["credential"]["clientId"]
    clerk = await shop.token_of(await shop.create(scopes=["earn", "credentials"], location="7"))
    tried = [
        *[await shop.ask(REVOKE, input={"clientId": one}) for one in (foreign, "partner-nobody", "x" * 99)],
        await shop.ask(ROTATE, input={"idempotencyKey": key(), "clientId": foreign}),
        await shop.ask(REVOKE, clerk, input={"clientId": own}),
    ]

    listed = {edge["node"]["clientId"] for edge in (await shop.ask(LIST))["edges"]}

    assert {one["code"] for one in tried} == {"NOT_FOUND"}
    assert foreign not in listed
    assert own in listed
    assert {edge["node"]["location"] for edge in (await shop.ask(LIST, clerk))["edges"]} == {"7"}
    assert await platform.services.database.pool.fetchval("SELECT count(*) FROM credential WHERE revoked_at IS NOT NULL") == 0


async def test_who_may_not_burn_cannot_rotate_a_credential_that_may(shop: Shop) -> None:
    strong = (await shop.create(scopes=["burn"], location="7"))["credential"]["clientId"]
    clerk = await shop.token_of(await shop.create(scopes=["earn", "credentials"], location="7"))

    refused = await shop.ask(ROTATE, clerk, input={"idempotencyKey": key(), "clientId": strong})

    assert refused["code"] == "MORE_THAN_OWN_SCOPES"


async def test_a_client_with_a_key_has_no_secret(shop: Shop) -> None:
    private = ec.generate_private_key(ec.SECP256R1())

    made = await shop.create(publicKey=ECAlgorithm.to_jwk(private.public_key()))
    kept = await shop.platform.services.database.pool.fetchrow(
        "SELECT secret_hash, public_key FROM credential WHERE client_id = $1", made["credential"]["clientId"]
    )
    without_key = await shop.ask(ROTATE, input={"idempotencyKey": key(), "clientId": made["credential"]["clientId"]})

    assert (made["credential"]["kind"], made["clientSecret"], kept["secret_hash"]) == ("PUBLIC_KEY", None, None)
    assert "d" not in orjson.loads(orjson.dumps(kept["public_key"]))
    assert (without_key["code"], without_key["path"]) == ("INVALID_VALUE", ["publicKey"])


async def test_the_list_is_paged_newest_first(shop: Shop) -> None:
    made = []
    for number in range(3):
        shop.platform.clock.move(seconds=1)
        made.append((await shop.create(name=f"till {number}"))["credential"]["clientId"])

    pages, after = [], None
    while True:
        page = await shop.ask(LIST, first=2, after=after)
        pages += [edge["node"]["clientId"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert pages[:3] == made[::-1]
    assert len(pages) == len(set(pages))


async def test_an_operator_tends_every_partners_credentials(platform: Platform) -> None:
    await platform.partner_token("grocer")
    partner = (await platform.as_operator("{ partners { id } }"))["partners"][0]["id"]
    platform.clock.move(seconds=1)
    asked = {"idempotencyKey": key(), "partner": partner, "name": "till 9", "scopes": sorted(SCOPES[Audience.PARTNER]), "location": "7"}

    made = (await platform.as_operator(CREATE, {"input": asked}))["it"]
    listed = (
        await platform.as_operator("query ($of: ID!) { it: credentials(partner: $of) { edges { node { name } } } }", {"of": partner})
    )["it"]
    ended = (await platform.as_operator(REVOKE, {"input": {"clientId": made["credential"]["clientId"]}}))["it"]

    assert [edge["node"]["name"] for edge in listed["edges"]] == ["till 9", "first"]
    assert ended["credential"]["revokedAt"] is not None


async def test_a_shops_credential_finds_nothing_of_other_shops_by_their_ids(shop: Shop) -> None:
    platform = shop.platform
    await platform.enrol()
    await platform.post("100.00")
    await platform.post("1.00", location="7")
    by_id = "query ($ids: [ID!]!) { it: nodes(ids: $ids) { id } }"
    mine = [edge["node"]["id"] for edge in (await shop.ask("{ it: transactions { edges { node { id } } } }"))["edges"]]
    reserved = {"member": {"email": "anna@example.test"}, "unit": "points", "quantity": "10"}
    holds = [
        (await platform.till("Authorize", input={"idempotencyKey": key(), "reference": key(), **reserved, **place}))["hold"]["id"]
        for place in ({}, {"location": "7"})
    ]
    till = await shop.token_of(await shop.create(scopes=["earn", "read", "burn"], location="7"))

    found = [one and one["id"] for one in await shop.ask(by_id, till, ids=[*mine, *holds])]

    assert found == [mine[0], None, None, holds[1]]
    assert [one["id"] for one in await shop.ask(by_id, ids=[*mine, *holds])] == [*mine, *holds]


async def test_customers_bring_goods_back_to_any_shop_of_the_partner(shop: Shop) -> None:
    platform = shop.platform
    await platform.enrol()
    await platform.post("10.00", reference="elsewhere")
    till = await shop.token_of(await shop.create(scopes=["earn"], location="7"))
    reverse = (
        "mutation ($input: ReverseTransactionInput!) { it: reverseTransaction(input: $input) { __typename ... on UserError { code } } }"
    )
    post = {"purchase": {"reference": "elsewhere"}}
    asked = {
        "idempotencyKey": key(),
        "reference": key(),
        "occurredAt": platform.clock().isoformat(),
        "transaction": post,
        "what": {"whole": True},
    }

    nowhere, here = await shop.ask(reverse, till, input=asked), await shop.ask(reverse, till, input={**asked, "location": "7"})

    assert (nowhere.get("code"), here["__typename"]) == ("OTHER_LOCATION", "TransactionReversed")


async def test_a_shops_credential_is_not_told_what_another_shop_was_told_under_its_key(shop: Shop) -> None:
    platform = shop.platform
    await platform.enrol()
    await platform.post("100.00")
    reserved = {"member": {"email": "anna@example.test"}, "unit": "points", "quantity": "10", "reference": key()}
    hold = (await platform.till("Authorize", input={"idempotencyKey": key(), **reserved}))["hold"]["id"]
    void = "mutation ($input: VoidRedemptionInput!) { it: voidRedemption(input: $input) { __typename ... on UserError { code } } }"
    asked = {"idempotencyKey": key(), "holdId": hold}
    assert (await shop.ask(void, input=asked))["__typename"] == "RedemptionVoided"
    till = await shop.token_of(await shop.create(scopes=["burn"], location="7"))

    refused = await shop.ask(void, till, input=asked)

    assert refused.get("code") == "NOT_FOUND", refused


async def test_tills_that_are_made_at_once_do_not_go_above_the_limit(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(create_credential, "MOST_IN_FORCE", 3)

    answers = await asyncio.gather(*(shop.create() for _ in range(6)))

    assert sorted(one["__typename"] for one in answers) == ["CredentialCreated"] * 2 + ["CredentialRejected"] * 4


async def test_a_frozen_credential_does_not_go_on_under_a_new_name(shop: Shop) -> None:
    stolen, honest = await shop.create(scopes=["earn", "credentials"]), (await shop.create())["credential"]["clientId"]
    token = await shop.token_of(stolen)
    partner = (await shop.platform.as_operator("{ partners { id } }"))["partners"][0]["id"]
    freeze = "mutation ($input: FreezeTillInput!) { it: freezeTill(input: $input) { __typename } }"
    given = {"idempotencyKey": key(), "partner": partner, "credential": stolen["credential"]["clientId"], "note": "stolen"}
    assert (await shop.platform.as_operator(freeze, {"input": given}))["it"]["__typename"] == "TillFrozen"

    tried = [
        (CREATE, {"idempotencyKey": key(), "name": "another", "scopes": ["earn"]}),
        (ROTATE, {"idempotencyKey": key(), "clientId": stolen["credential"]["clientId"]}),
        (REVOKE, {"clientId": honest}),
    ]
    answers = [
        (await shop.platform.send(Audience.PARTNER, token, {"query": document, "variables": {"input": asked}})).json()
        for document, asked in tried
    ]

    assert [one["errors"][0]["extensions"]["code"] for one in answers] == ["FORBIDDEN"] * 3, answers
    assert (await shop.ask(ROTATE, input=tried[1][1]))["__typename"] == "CredentialCreated"  # its owner replaces it
