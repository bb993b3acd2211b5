"""Nobody makes or rotates a credential that may do more, or elsewhere, than he may; a shop's credential stays in its shop."""

import asyncio
from typing import Any

import pytest

from builders.credentials import CREATE, LIST, POST, REVOKE, ROTATE, Shop
from builders.platform import Platform, key, purchase
from honeyguide.caller import Audience
from honeyguide.identity import create_credential


@pytest.fixture
async def shop(platform: Platform) -> Shop:
    return Shop(platform, await platform.partner_token("grocer"))


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


async def test_of_two_rotations_at_once_both_are_answered_and_both_work(shop: Shop) -> None:
    old = (await shop.create())["credential"]["clientId"]

    answers = await asyncio.gather(*(shop.ask(ROTATE, input={"idempotencyKey": key(), "clientId": old}) for _ in range(2)))

    assert [(await shop.sign_in(one)).status_code for one in answers] == [200, 200]


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


async def test_a_retry_under_a_key_that_is_known_shows_no_secret_to_who_may_do_less(shop: Shop) -> None:
    asked = {"idempotencyKey": key(), "scopes": ["burn"], "location": "7"}
    strong = await shop.create(**asked)
    turn = {"idempotencyKey": key(), "clientId": strong["credential"]["clientId"]}
    assert (await shop.ask(ROTATE, input=turn))["clientSecret"]
    weak = await shop.token_of(await shop.create(scopes=["earn", "credentials"], location="7"))
    everywhere = await shop.create(name="all shops", idempotencyKey="a-guessed-key", scopes=["earn"])

    tried = [
        await shop.create(weak, **asked),
        await shop.ask(ROTATE, weak, input=turn),
        await shop.create(weak, name="all shops", idempotencyKey="a-guessed-key", scopes=["earn"]),
        await shop.create(weak, name="all shops", idempotencyKey="a-guessed-key", scopes=["earn"], location="7"),
    ]

    assert [one["code"] for one in tried[:3]] == ["MORE_THAN_OWN_SCOPES", "MORE_THAN_OWN_SCOPES", "OTHER_LOCATION"]
    assert tried[3]["__typename"] == "IdempotencyConflict" and everywhere["clientSecret"]


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


async def test_a_shops_credential_does_not_pay_with_a_hold_of_elsewhere(shop: Shop) -> None:
    """A tender in points is a capture, whatever it is called."""
    platform = shop.platform
    await platform.enrol()
    await platform.post("400.00")
    authorize = (
        "mutation ($input: AuthorizeRedemptionInput!) { it: authorizeRedemption(input: $input) "
        "{ __typename ... on RedemptionAuthorized { hold { id } } ... on UserError { code path } } }"
    )
    asked = {"idempotencyKey": key(), "member": {"email": "anna@example.test"}, "reference": key(), "unit": "points", "quantity": "100"}
    elsewhere = (await shop.ask(authorize, input=asked))["hold"]["id"]
    here = (await shop.ask(authorize, input={**asked, "idempotencyKey": key(), "reference": key(), "location": "7"}))["hold"]["id"]
    till = await shop.token_of(await shop.create(scopes=["earn", "burn"], location="7"))

    async def paid(hold: str) -> Any:
        tenders = [{"kind": "POINTS", "amount": "1.00", "holdId": hold}, {"kind": "CASH", "amount": "9.00"}]
        return await shop.ask(POST, till, input=purchase(platform.clock(), "10.00", location="7", tenders=tenders))

    refused, posted = await paid(elsewhere), await paid(here)

    assert (refused["code"], refused["path"]) == ("NOT_FOUND", ["tenders", "0", "holdId"])
    assert posted["__typename"] == "TransactionPosted"
