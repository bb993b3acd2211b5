"""Queries by GET: trusted documents with variables in the address, and ETags, so that an app asks only for what changed."""

from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest_asyncio

from builders.platform import GRAPHQL, TILL, Platform, running_platform
from honeyguide.api.trusted.load import trusted_documents
from honeyguide.api.trusted.naming import document_id
from honeyguide.caller import Audience
from honeyguide.database import Database

TRUSTED = {next(iter(document.operations)): text for text, document in trusted_documents(Audience.MEMBER).items()}


class App:
    """A member's app that only knows the ids of its operations."""

    def __init__(self, platform: Platform, token: str) -> None:
        self.platform, self.token = platform, token

    async def get(
        self, operation: str, variables: dict[str, Any] | None = None, *, accept: str = GRAPHQL, **headers: str
    ) -> httpx.Response:
        params = {"documentId": f"sha256:{document_id(TRUSTED[operation])}"}
        if variables:
            params["variables"] = orjson.dumps(variables).decode()
        return await self.ask("GET", params=params, Accept=accept, GraphQL_Require_Preflight="1", **headers)

    async def post(self, body: Any, **headers: str) -> httpx.Response:
        return await self.ask("POST", json=body, **{"Accept": GRAPHQL, **headers})

    async def ask(self, method: str, *, json: Any = None, params: Any = None, **headers: str) -> httpx.Response:
        sent = {"Authorization": f"Bearer {self.token}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        return await self.platform.http.request(method, "/member/graphql", json=json, params=params, headers=sent)


@pytest_asyncio.fixture
async def app(platform: Platform) -> App:
    member = await platform.enrol()
    await platform.post("10.00")
    return App(platform, platform.token(Audience.MEMBER, str(member)))


def codes(response: httpx.Response) -> list[str]:
    return [error["extensions"]["code"] for error in response.json()["errors"]]


async def test_an_app_that_has_the_answer_is_told_so_and_another_one_when_something_changed(app: App) -> None:
    first = await app.get("Dashboard", {"activity": 5})
    tag = first.headers["etag"]
    again, weak, any_ = [await app.get("Dashboard", {"activity": 5}, If_None_Match=value) for value in (tag, f'"x", W/{tag}', "*")]
    in_german = await app.get("Dashboard", {"activity": 5}, If_None_Match=tag, Accept_Language="de")
    as_json = await app.get("Dashboard", {"activity": 5}, If_None_Match=tag, accept="application/json")

    assert first.status_code == 200 and first.json()["data"]["me"]["activity"]["edges"]
    assert [response.status_code for response in (again, weak, any_)] == [304, 304, 304]
    for response in (first, again):
        assert response.headers["etag"] == tag and not tag.startswith("W/")
        assert response.headers["cache-control"] == "private, no-cache"
        assert response.headers["vary"] == "Authorization, Accept, Accept-Language"
        assert response.headers["x-request-id"]
    assert again.content == b"" and "content-type" not in again.headers
    assert in_german.status_code == 200 and "Punkte" in in_german.text
    assert as_json.status_code == 200 and as_json.headers["etag"] != tag

    await app.platform.post("20.00")
    changed = await app.get("Dashboard", {"activity": 5}, If_None_Match=tag)

    assert changed.status_code == 200 and changed.headers["etag"] != tag


async def test_only_good_answers_to_get_may_be_kept(app: App) -> None:
    posted = await app.post({"query": "{ me { id } }"}, If_None_Match="*")
    bad = await app.ask("GET", params={"query": "{ nobody }"}, Accept=GRAPHQL, GraphQL_Require_Preflight="1")

    for response in (posted, bad):
        assert response.headers["cache-control"] == "no-store"
        assert "etag" not in response.headers
    assert (posted.status_code, bad.status_code) == (200, 400)


async def test_d1_trusted_documents_answer_to_both_forms_of_their_id_by_post_and_get(app: App) -> None:
    id_ = document_id(TRUSTED["Pin"])
    apollo = {"persistedQuery": {"version": 1, "sha256Hash": id_}}

    answers = [
        await app.get("Pin"),
        await app.post({"documentId": f"sha256:{id_}"}),
        await app.post({"extensions": apollo, "operationName": "Pin", "variables": {}}),
        await app.post({"query": TRUSTED["Pin"], "extensions": apollo}),
        await app.ask("GET", params={"extensions": orjson.dumps(apollo).decode()}, Accept=GRAPHQL, Apollo_Require_Preflight="1"),
    ]
    changing = await app.get("RenewCard")

    assert [(one.status_code, one.json()) for one in answers] == [(200, {"data": {"me": {"pin": None}}})] * 5
    assert (changing.status_code, codes(changing), changing.headers["allow"]) == (405, ["METHOD_NOT_ALLOWED"], "POST")


async def test_d1_an_unknown_id_is_told_in_our_code_and_in_apollos_words(app: App) -> None:
    unknown = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": document_id("{ me { id } }")}}}

    rich, plain = await app.post(unknown), await app.post(unknown, Accept="application/json")
    with_text = await app.post({**unknown, "query": "{ me { id } }"})
    still = await app.post(unknown)
    another = await app.post({**unknown, "query": "{ me { memberNumber } }"})
    malformed = await app.post({"extensions": {"persistedQuery": {"version": 2}}}, Accept="application/json")

    assert (rich.status_code, plain.status_code) == (400, 200)
    for response in (rich, plain, still):
        assert codes(response) == ["PERSISTED_DOCUMENT_NOT_FOUND"] and "data" not in response.json()
        assert response.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    assert with_text.json()["data"]["me"]["id"]
    assert (another.status_code, codes(another)) == (400, ["DOCUMENT_ID_MISMATCH"])
    assert (malformed.status_code, codes(malformed)) == (400, ["BAD_REQUEST"])


async def test_d1_the_mode_is_that_of_the_audience(database: Database, database_url: str, home: Path) -> None:
    modes = {"trusted_documents_member": "required", "trusted_documents_partner": "off"}
    async with running_platform(database, database_url, home, **modes) as platform:
        app = App(platform, platform.token(Audience.MEMBER, str(await platform.enrol())))
        member = [await app.post({"query": "{ me { id } }"}), await app.get("Pin"), await app.post({"query": TRUSTED["Pin"]})]
        partner = await platform.partner_token("grocer")
        by_id = await platform.send(Audience.PARTNER, partner, {"documentId": f"sha256:{document_id(TILL)}"})
        by_text = await platform.send(Audience.PARTNER, partner, {"query": "{ partner { id } }"})

    assert (member[0].status_code, codes(member[0])) == (400, ["TRUSTED_DOCUMENT_REQUIRED"])
    assert [one.json() for one in member[1:]] == [{"data": {"me": {"pin": None}}}] * 2
    assert (by_id.status_code, codes(by_id), by_text.status_code) == (400, ["PERSISTED_DOCUMENTS_OFF"], 200)
    assert by_id.json()["errors"][0]["message"] == "PersistedQueryNotSupported"


async def test_h7_an_address_has_a_bound(app: App) -> None:
    long = await app.ask("GET", params={"query": "{ me { id } }" + " " * 16_000}, Accept=GRAPHQL, GraphQL_Require_Preflight="1")

    assert (long.status_code, codes(long)) == (414, ["URI_TOO_LONG"])
