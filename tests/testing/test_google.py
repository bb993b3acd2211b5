"""The Google simulator refuses what Google refuses, each rule by its name, in Google's words."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from honeyguide.testing.google import SCOPE, GoogleSimulator
from honeyguide.testing.google_schema import findings
from honeyguide.wallet.google.account import development_service_account

CLASS: dict[str, Any] = {
    "id": "1.c",
    "issuerName": "Club",
    "programName": "Club",
    "programLogo": {"sourceUri": {"uri": "https://club.example/logo.png"}},
    "reviewStatus": "UNDER_REVIEW",
}
OBJECT: dict[str, Any] = {"id": "1.o", "classId": "1.c", "state": "ACTIVE", "loyaltyPoints": {"label": "Points", "balance": {"int": 5}}}


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return development_service_account(tmp_path_factory.mktemp("google"))


@pytest_asyncio.fixture
async def google(account: Path) -> AsyncIterator[GoogleSimulator]:
    simulator = GoogleSimulator(account, issuer_id="1", per_second=1000)
    await simulator.start()
    yield simulator
    await simulator.stop()


@pytest_asyncio.fixture
async def api(google: GoogleSimulator, account: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=google.api_url) as client:
        granted = await client.post(google.token_url, data=grant(account, google))
        client.headers["authorization"] = f"Bearer {granted.json()['access_token']}"
        yield client


def grant(account: Path, google: GoogleSimulator, **claims: object) -> dict[str, str]:
    import json

    content = json.loads(account.read_text())
    key: Any = load_pem_private_key(content["private_key"].encode(), None)
    now = int(datetime.now(UTC).timestamp())
    signed = {"iss": content["client_email"], "scope": SCOPE, "aud": google.token_url, "iat": now, "exp": now + 3600, **claims}
    return {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": jwt.encode(signed, key, "RS256")}


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "someone@else"},
        {"aud": "https://oauth2.example"},
        {"scope": "openid"},
        {"exp": 1},
        {"exp": 9_999_999_999},
        {"iat": 9_999_999_999},
    ],
)
async def test_g1_an_assertion_with_a_wrong_claim_gets_no_token(google: GoogleSimulator, account: Path, claims: dict[str, object]) -> None:
    async with httpx.AsyncClient() as client:
        refused = await client.post(google.token_url, data=grant(account, google, **claims))

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


async def test_a_call_without_token_gets_googles_401(google: GoogleSimulator) -> None:
    async with httpx.AsyncClient() as client:
        refused = await client.get(f"{google.api_url}/loyaltyClass/1.c")

    assert refused.status_code == 401
    assert refused.json()["error"]["status"] == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"colour": "red"}, "colour: Unknown name"),
        ({"hexBackgroundColor": 5}, "a string is expected"),
        ({"reviewStatus": "APPROVED"}, "G3"),
        ({"reviewStatus": "underReview"}, "deprecated"),
        ({"programLogo": {}}, "G2"),
        ({"programLogo": {"sourceUri": {"uri": "http://club.example/logo.png"}}}, "G20"),
        ({"id": "1.ü"}, "G2"),
        ({"id": "2.c"}, "issuer"),
        ({"merchantLocations": [{"latitude": 1.0, "longitude": 2.0}] * 11}, "G16"),
        ({"localizedProgramName": {"translatedValues": [{"language": "en", "value": "x"}]}}, "G17"),
        (
            {
                "localizedProgramName": {
                    "defaultValue": {"language": "en", "value": "x"},
                    "translatedValues": [{"language": "en", "value": "y"}],
                }
            },
            "G17",
        ),
        ({"localizedProgramName": {"defaultValue": {"language": "en_US!", "value": "x"}}}, "BCP 47"),
    ],
)
async def test_a_class_that_breaks_a_rule_is_refused(api: httpx.AsyncClient, change: dict[str, Any], says: str) -> None:
    refused = await api.post("/loyaltyClass", json={**CLASS, **change})

    assert refused.status_code in (400, 403)
    assert says in refused.json()["error"]["message"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"loyaltyPoints": {"balance": {"int": 5, "string": "5"}}}, "G5"),
        ({"loyaltyPoints": {"balance": {}}}, "G5"),
        ({"loyaltyPoints": {"balance": {"int": 2**31}}}, "int32"),
        ({"loyaltyPoints": {"balance": {"int": True}}}, "number"),
        ({"loyaltyPoints": {"balance": {"money": {"micros": 5, "currencyCode": "EUR"}}}}, "int64"),
        ({"loyaltyPoints": {"balance": {"money": {"micros": "5"}}}}, "G5"),
        ({"rewardsTier": "Gold"}, "rewardsTier: Unknown name"),
        ({"state": "active"}, "deprecated"),
        ({"state": "OPEN"}, "not one of"),
        ({"accountName": None}, "null"),
        ({"classId": "1.none"}, "not found"),
    ],
)
async def test_an_object_that_breaks_a_rule_is_refused(api: httpx.AsyncClient, change: dict[str, Any], says: str) -> None:
    await api.post("/loyaltyClass", json=CLASS)

    refused = await api.post("/loyaltyObject", json={**OBJECT, **change})

    assert refused.status_code in (400, 404)
    assert says in refused.json()["error"]["message"]


async def test_g3_a_draft_takes_no_objects_and_a_class_never_becomes_one_again(api: httpx.AsyncClient) -> None:
    await api.post("/loyaltyClass", json={**CLASS, "reviewStatus": "DRAFT"})
    to_draft = await api.post("/loyaltyObject", json=OBJECT)
    await api.patch("/loyaltyClass/1.c", json={"reviewStatus": "UNDER_REVIEW"})

    back = await api.patch("/loyaltyClass/1.c", json={"reviewStatus": "DRAFT"})
    silent = await api.patch("/loyaltyClass/1.c", json={"hexBackgroundColor": "#000000"})

    assert [answer.status_code for answer in (to_draft, back, silent)] == [400, 400, 400]


async def test_g6_patch_merges_and_clears_put_replaces(api: httpx.AsyncClient) -> None:
    await api.post("/loyaltyClass", json=CLASS)
    await api.post("/loyaltyObject", json={**OBJECT, "accountName": "Ada", "textModulesData": [{"id": "a"}, {"id": "b"}]})

    patched = await api.patch(
        "/loyaltyObject/1.o", json={"accountName": None, "loyaltyPoints": {"balance": {"int": 6}}, "textModulesData": [{"id": "c"}]}
    )
    put = await api.put("/loyaltyObject/1.o", json={**OBJECT, "accountId": "7"})

    assert "accountName" not in patched.json()
    assert patched.json()["loyaltyPoints"] == {"label": "Points", "balance": {"int": 6}}
    assert patched.json()["textModulesData"] == [{"id": "c"}]
    assert "textModulesData" not in put.json()
    assert put.json()["accountId"] == "7"


async def test_g10_what_exists_conflicts_and_what_does_not_is_not_found(api: httpx.AsyncClient) -> None:
    await api.post("/loyaltyClass", json=CLASS)

    again, missing = await api.post("/loyaltyClass", json=CLASS), await api.patch("/loyaltyObject/1.o", json={"state": "INACTIVE"})

    assert (again.status_code, missing.status_code) == (409, 404)


async def test_g9_more_than_twenty_a_second_are_too_many(account: Path) -> None:
    google = GoogleSimulator(account)
    await google.start()
    url, within = f"{google.api_url}/loyaltyClass/1.c", 1.0
    async with httpx.AsyncClient() as client:
        for _ in range(10):  # a busy machine may take longer than the second
            began = time.monotonic()
            answers = [(await client.get(url)).status_code for _ in range(22)]
            within = time.monotonic() - began
            if within < 1:
                break
            await asyncio.sleep(1)
    await google.stop()

    assert (within < 1, answers) == (True, [401] * 20 + [429] * 2)


def test_the_schema_is_googles_own() -> None:
    assert findings("LoyaltyObject", OBJECT) == []
    assert findings("LoyaltyObject", []) == ["body: an object is expected"]
    assert findings("LoyaltyObject", {"linkedOfferIds": "x"}) == ["linkedOfferIds: a list is expected"]
    assert findings("LoyaltyObject", {"textModulesData": [{"id": "a"}, {"idd": "b"}]}) == [
        "textModulesData[1].idd: Unknown name, cannot find field"
    ]
