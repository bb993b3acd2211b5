"""Messages, offers, JWTs, batches, lists, reviewers, outages and holders: the rest of Google's API as the simulator has it."""

from __future__ import annotations

import hashlib
import json
import statistics
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from honeyguide.testing.google import SCOPE, Fail, GoogleSimulator
from honeyguide.testing.google_quota import google_latency
from honeyguide.wallet.google.account import development_service_account

CLASS: dict[str, Any] = {
    "id": "1.c",
    "issuerName": "Club",
    "programName": "Club",
    "programLogo": {"sourceUri": {"uri": "https://club.example/logo.png"}},
    "reviewStatus": "UNDER_REVIEW",
}
OBJECT: dict[str, Any] = {"id": "1.o", "classId": "1.c", "state": "ACTIVE", "loyaltyPoints": {"label": "Points", "balance": {"int": 5}}}
MESSAGE = {"id": "m1", "header": "Hello", "body": "World", "messageType": "TEXT"}


class Clock:
    now = datetime(2026, 7, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return development_service_account(tmp_path_factory.mktemp("google"))


@pytest_asyncio.fixture
async def google(account: Path) -> AsyncIterator[GoogleSimulator]:
    simulator = GoogleSimulator(account, issuer_id="1", per_second=1000, clock=Clock())
    simulator.books.put("loyaltyClass", dict(CLASS), None)
    simulator.books.put("loyaltyObject", dict(OBJECT), None)
    simulator.url = "http://google"
    yield simulator
    await simulator.stop()


@pytest_asyncio.fixture
async def api(google: GoogleSimulator, account: Path) -> AsyncIterator[httpx.AsyncClient]:
    """In memory: no port, no thread."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(google.app), base_url=f"{google.api_url}") as client:
        now = int(Clock.now.timestamp())
        claims = {"scope": SCOPE, "aud": google.token_url, "iat": now, "exp": now + 3600}
        form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": signed(account, claims)}
        granted = await client.post(google.token_url, data=form)
        client.headers["authorization"] = f"Bearer {granted.json()['access_token']}"
        yield client


def signed(account: Path, claims: dict[str, Any]) -> str:
    content = json.loads(account.read_text())
    key: Any = load_pem_private_key(content["private_key"].encode(), None)
    return jwt.encode({"iss": content["client_email"], **claims}, key, "RS256")


def save_token(account: Path, **payload: Any) -> str:
    claims = {"aud": "google", "typ": "savetowallet", "iat": int(Clock.now.timestamp()), "origins": [], "payload": payload}
    return signed(account, claims)


async def test_g8_messages_are_ten_at_most_three_of_them_wake_the_owner_in_a_day(api: httpx.AsyncClient, google: GoogleSimulator) -> None:
    url, seen = "/loyaltyObject/1.o/addMessage", list[bool]()

    async def changed(_: dict[str, Any], __: dict[str, Any], woken: bool) -> None:
        seen.append(woken)

    google.watch("1.o", changed)
    waking = [{"message": {**MESSAGE, "id": f"w{n}", "messageType": "TEXT_AND_NOTIFY"}} for n in range(4)]
    woken = [await api.post(url, json=one) for one in waking]
    quiet = [(await api.post(url, json={"message": {**MESSAGE, "id": f"q{n}"}})).status_code for n in range(8)]
    Clock.now, before = Clock.now + timedelta(hours=25), Clock.now
    tomorrow = google.notifications.take("1.o")
    Clock.now = before

    assert [answer.status_code for answer in woken] == [200, 200, 200, 403]
    assert woken[3].json()["error"]["errors"][0]["reason"] == "quotaExceeded"
    assert woken[0].json()["resource"]["messages"][0]["id"] == "w0"
    assert quiet == [200] * 7 + [400]
    assert seen == [True] * 3 + [False] * 7
    assert tomorrow


@pytest.mark.parametrize(
    "wrong", [{"header": ""}, {"id": ""}, {"messageType": "EXPIRATION_NOTIFICATION"}, {"messageType": "text"}, {"bodi": "x"}]
)
async def test_g8_a_message_that_is_none_is_refused(api: httpx.AsyncClient, wrong: dict[str, Any]) -> None:
    assert (await api.post("/loyaltyObject/1.o/addMessage", json={"message": {**MESSAGE, **wrong}})).status_code == 400


async def test_g8_a_message_sent_twice_stands_there_twice_and_is_complained_of(api: httpx.AsyncClient, google: GoogleSimulator) -> None:
    for _ in range(2):
        await api.post("/loyaltyObject/1.o/addMessage", json={"message": MESSAGE})

    assert len(google.objects["1.o"]["messages"]) == 2
    assert list(google.api.complaints) == ["G8: message m1 twice on 1.o"]


async def test_g7_a_preference_without_new_points_wakes_nobody_and_costs_nothing(api: httpx.AsyncClient, google: GoogleSimulator) -> None:
    for name in ("a", "b", "c", "d"):
        answer = await api.patch("/loyaltyObject/1.o", json={"accountName": name, "notifyPreference": "NOTIFY_ON_UPDATE"})
        assert answer.status_code == 200

    assert google.notifications.take("1.o")


async def test_g16_offers_are_linked_one_by_one_and_objects_never_unlinked(api: httpx.AsyncClient, google: GoogleSimulator) -> None:
    google.api.offers |= {"1.offer1", "1.offer2"}
    url = "/loyaltyObject/1.o/modifyLinkedOfferObjects"
    added = await api.post(url, json={"linkedOfferObjectIds": {"addLinkedOfferObjectIds": ["1.offer1", "1.offer2"]}})
    removed = await api.post(url, json={"linkedOfferObjectIds": {"removeLinkedOfferObjectIds": ["1.offer1"]}})
    strange = await api.post(url, json={"linkedOfferObjectIds": {"addLinkedOfferObjectIds": ["1.none"]}})
    in_patch = await api.patch("/loyaltyObject/1.o", json={"linkedOfferIds": ["1.none"]})
    await api.patch("/loyaltyObject/1.o", json={"linkedObjectIds": ["1.other"]})
    unlinked = await api.patch("/loyaltyObject/1.o", json={"linkedObjectIds": []})

    assert added.json()["linkedOfferIds"] == ["1.offer1", "1.offer2"]
    assert removed.json()["linkedOfferIds"] == ["1.offer2"]
    assert (strange.status_code, in_patch.status_code) == (404, 404)
    assert "cannot be unlinked" in unlinked.json()["error"]["message"]


async def test_g11_g12_a_jwt_inserts_what_is_new_and_changes_nothing_that_exists(
    api: httpx.AsyncClient, google: GoogleSimulator, account: Path
) -> None:
    new, richer = {**OBJECT, "id": "1.new"}, {**OBJECT, "loyaltyPoints": {"label": "Points", "balance": {"int": 999}}}
    inserted = await api.post("/jwt", json={"jwt": save_token(account, loyaltyObjects=[new])})
    again = await api.post("/jwt", json={"jwt": save_token(account, loyaltyObjects=[richer])})
    page = await api.get(inserted.json()["saveUri"])
    forged = await api.post("/jwt", json={"jwt": save_token(account, loyaltyObjects=[new])[:-4] + "AAAA"})

    assert google.objects["1.new"]["loyaltyPoints"] == OBJECT["loyaltyPoints"]
    assert again.json()["resources"]["loyaltyObjects"][0]["loyaltyPoints"]["balance"] == {"int": 5}
    assert page.headers["x-object-id"] == "1.new"
    assert forged.status_code == 400


async def test_g21_validation_says_what_is_wrong_and_keeps_nothing(api: httpx.AsyncClient, google: GoogleSimulator, account: Path) -> None:
    good, bad = {**OBJECT, "id": "1.v"}, {**OBJECT, "id": "1.v", "rewardsTier": "Gold"}
    answers = [
        await api.post("/jwt/validate", json={"jwtResource": {"jwt": save_token(account, loyaltyObjects=[one])}}) for one in (good, bad)
    ]

    assert [answer.status_code for answer in answers] == [200, 400]
    assert "rewardsTier" in answers[1].json()["error"]["message"]
    assert "1.v" not in google.objects


async def test_g12_a_card_of_one_account_goes_to_nobody_else(api: httpx.AsyncClient, google: GoogleSimulator, account: Path) -> None:
    link = f"{google.save_url}/{save_token(account, loyaltyObjects=[{'id': '1.o', 'classId': '1.c'}])}"
    google.objects["1.o"]["saveRestrictions"] = {"restrictToEmailSha256": hashlib.sha256(b"ann@example.test").hexdigest()}
    by_bob = await api.get(link, headers={"x-google-account": "bob@example.test"})
    by_ann = await api.get(link, headers={"x-google-account": "Ann@example.test"})
    del google.objects["1.o"]["saveRestrictions"]
    google.classes["1.c"]["multipleDevicesAndHoldersAllowedStatus"] = "ONE_USER_ALL_DEVICES"
    again = await api.get(link, headers={"x-google-account": "Ann@example.test"})
    second = await api.get(link, headers={"x-google-account": "bob@example.test"})

    assert [answer.status_code for answer in (by_bob, by_ann, again, second)] == [400, 200, 200, 400]
    assert "G12" in second.text


async def test_g9_a_batch_is_answered_part_by_part_and_each_counts(api: httpx.AsyncClient, google: GoogleSimulator) -> None:
    google.script(Fail(503))
    patch = json.dumps({"accountName": "Ann"})
    parts = [
        "GET /walletobjects/v1/loyaltyObject/1.o HTTP/1.1\r\n\r\n",
        f"PATCH /walletobjects/v1/loyaltyObject/1.o HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{patch}",
        "GET /walletobjects/v1/loyaltyObject/1.none HTTP/1.1\r\n\r\n",
    ]
    body = (
        "".join(f"--b\r\nContent-Type: application/http\r\nContent-ID: <{n}>\r\n\r\n{part}\r\n" for n, part in enumerate(parts)) + "--b--"
    )
    answer = await api.post(f"{google.url}/batch", content=body, headers={"content-type": "multipart/mixed; boundary=b"})
    none = await api.post(f"{google.url}/batch", content="x", headers={"content-type": "text/plain"})

    assert [int(part.split()[0]) for part in answer.text.split("HTTP/1.1 ")[1:]] == [503, 200, 404]
    assert "response-2" in answer.text
    assert google.objects["1.o"]["accountName"] == "Ann"
    assert len(google.calls) == 3
    assert none.status_code == 400


async def test_lists_come_in_pages(api: httpx.AsyncClient, google: GoogleSimulator) -> None:
    for n in range(3):
        google.books.put("loyaltyObject", {**OBJECT, "id": f"1.o{n}"}, None)
    first = (await api.get("/loyaltyObject", params={"classId": "1.c", "maxResults": 3})).json()
    rest = (await api.get("/loyaltyObject", params={"classId": "1.c", "token": first["pagination"]["nextPageToken"]})).json()
    classes = (await api.get("/loyaltyClass", params={"issuerId": "1"})).json()
    nameless = await api.get("/loyaltyObject")

    assert [one["id"] for one in first["resources"] + rest["resources"]] == ["1.o", "1.o0", "1.o1", "1.o2"]
    assert "nextPageToken" not in rest["pagination"]
    assert [one["id"] for one in classes["resources"]] == ["1.c"]
    assert nameless.status_code == 400


async def test_g3_reviewers_take_their_time_and_may_refuse(api: httpx.AsyncClient, google: GoogleSimulator) -> None:
    google.books.review = "UNDER_REVIEW"
    await api.post("/loyaltyClass", json={**CLASS, "id": "1.new"})
    waiting = (await api.get("/loyaltyClass/1.new")).json()["reviewStatus"]
    google.decide("1.new", "REJECTED")

    assert (waiting, (await api.get("/loyaltyClass/1.new")).json()["reviewStatus"]) == ("UNDER_REVIEW", "REJECTED")


@pytest.mark.parametrize(
    ("kind", "change", "rule"),
    [
        ("loyaltyObject", {"rotatingBarcode": {"type": "QR_CODE", "valuePattern": "x"}}, "G14"),
        (
            "loyaltyObject",
            {
                "rotatingBarcode": {
                    "type": "QR_CODE",
                    "valuePattern": "{totp_value_0}",
                    "totpDetails": {"algorithm": "TOTP_SHA1", "periodMillis": "30000", "parameters": [{"key": "xyz", "valueLength": 6}]},
                }
            },
            "G14",
        ),
        ("loyaltyObject", {"validTimeInterval": {"end": {"date": "tomorrow"}}}, "G13"),
        ("loyaltyClass", {"enableSmartTap": True, "reviewStatus": "UNDER_REVIEW"}, "G15"),
    ],
)
async def test_a_body_that_breaks_a_later_rule_is_refused(api: httpx.AsyncClient, kind: str, change: dict[str, Any], rule: str) -> None:
    answer = await api.patch(f"/{kind}/1.{kind[7].lower()}", json=change)

    assert answer.status_code == 400
    assert rule in answer.json()["error"]["message"]


async def test_g13_nothing_can_be_deleted(api: httpx.AsyncClient) -> None:
    assert (await api.delete("/loyaltyObject/1.o")).status_code == 405


async def test_an_outage_is_503_until_it_ends(api: httpx.AsyncClient, google: GoogleSimulator) -> None:
    google.is_down = True
    during = await api.get("/loyaltyObject/1.o")
    google.is_down = False

    assert (during.status_code, (await api.get("/loyaltyObject/1.o")).status_code) == (503, 200)


def test_g9_answers_are_as_late_as_googles() -> None:
    late = google_latency(7)
    seconds = sorted(late() for _ in range(20_000))

    assert statistics.median(seconds) == pytest.approx(0.3, rel=0.1)
    assert seconds[int(len(seconds) * 0.99)] == pytest.approx(5, rel=0.2)
    assert seconds[-1] <= 12
