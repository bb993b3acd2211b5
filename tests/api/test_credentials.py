"""Partners tend their own credentials, operators those of all: made, rotated, ended, listed."""

from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from builders.credentials import CREATE, LIST, POST, POSTS, REVOKE, ROTATE, Shop
from builders.platform import Platform, key, purchase
from honeyguide.caller import Audience
from honeyguide.identity.access import SCOPES


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


async def test_the_trail_says_where_a_credential_serves_and_what_a_rotation_ends(shop: Shop) -> None:
    made = (await shop.create(location="7"))["credential"]["clientId"]
    new = (await shop.ask(ROTATE, input={"idempotencyKey": key(), "clientId": made, "overlapHours": 2}))["credential"]["clientId"]

    pool = shop.platform.services.database.pool
    told = {one: await pool.fetchval("SELECT detail FROM audit WHERE subject = $1", one) for one in (made, new)}

    assert told[made]["location"] == told[new]["location"] == "7"
    assert (told[new]["replaces"], told[new]["overlap_seconds"]) == (made, 7_200)


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
