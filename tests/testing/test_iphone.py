"""The virtual iPhone behaves like Wallet towards a pass server, also a badly behaved one."""

import copy
import dataclasses
import datetime as dt
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from honeyguide.testing.iphone import VirtualIPhone
from honeyguide.testing.refusal import PassRefused
from honeyguide.wallet.apple.package import Package
from honeyguide.wallet.apple.signer import Signer
from honeyguide.wallet.certificates.of_settings import AppleFiles, development_certificates
from honeyguide.wallet.faces.strings import write_strings
from honeyguide.wallet.faces.template import load_template

PASS_TYPE, TEAM, TOKEN = "pass.test.phone", "PHONETEAM1", "t" * 43
BODY: dict[str, Any] = {
    "formatVersion": 1,
    "passTypeIdentifier": PASS_TYPE,
    "teamIdentifier": TEAM,
    "serialNumber": "s-1",
    "organizationName": "Honeyguide",
    "description": "Card",
    "webServiceURL": "http://127.0.0.1:1/apple",
    "authenticationToken": TOKEN,
    "storeCard": {
        "headerFields": [{"key": "points", "label": "Points", "value": 120, "changeMessage": "You now have %@ points"}],
        "secondaryFields": [{"key": "cashback", "label": "Cashback", "value": 0, "currencyCode": "EUR"}],
    },
}


@dataclass
class ScriptedServer:
    """A pass server that answers as the test tells it and remembers what it was asked."""

    build: Callable[[dict[str, Any]], bytes]
    body: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(BODY))
    package: bytes = b""
    changed: list[str] = field(default_factory=lambda: ["s-1"])
    tag: int = 1
    asked: list[httpx.Request] = field(default_factory=list)
    overrides: dict[str, httpx.Response] = field(default_factory=dict)

    def points(self, value: int, cashback: str = "0") -> None:
        self.body["storeCard"]["headerFields"][0]["value"] = value
        self.body["storeCard"]["secondaryFields"][0]["value"] = int(cashback)
        self.package, self.tag = self.build(self.body), self.tag + 1

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        for part, answer in self.overrides.items():
            if part in f"{request.method} {request.url.path}":
                return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
        match request.method, request.url.path.removeprefix("/apple/v1/").split("/"):
            case "POST", ["devices", *_]:
                return httpx.Response(201)
            case "GET", ["devices", *_]:
                known = request.url.params.get("passesUpdatedSince") == str(self.tag)
                return (
                    httpx.Response(204)
                    if known
                    else httpx.Response(200, json={"serialNumbers": self.changed, "lastUpdated": str(self.tag)})
                )
            case "GET", ["passes", *_]:
                headers = {"content-type": "application/vnd.apple.pkpass", "last-modified": f"version {self.tag}"}
                return httpx.Response(200, content=self.package, headers=headers)
            case _:
                return httpx.Response(200)

    def logs(self) -> list[str]:
        return [line for request in self.asked if request.url.path.endswith("/v1/log") for line in json.loads(request.content)["logs"]]


@pytest.fixture(scope="module")
def apple(tmp_path_factory: pytest.TempPathFactory) -> AppleFiles:
    return development_certificates(tmp_path_factory.mktemp("apple"), PASS_TYPE, TEAM, dt.datetime.now(dt.UTC))


@pytest.fixture(scope="module")
def build(apple: AppleFiles) -> Callable[[dict[str, Any]], bytes]:
    signer = Signer.load(apple.signing, pass_type_id=PASS_TYPE, team_id=TEAM, development=True)
    template = load_template(Path(__file__).parents[2] / "passes" / "membership.pass")
    images = {path: content for path, content in template.files.items() if path.endswith(".png")}
    texts = {
        "en.lproj/pass.strings": write_strings({"Points": "Points", "You now have %@ points": "You now have %@ points"}),
        "de.lproj/pass.strings": write_strings({"Points": "Punkte", "You now have %@ points": "Sie haben jetzt %@ Punkte"}),
    }
    package = Package(dataclasses.replace(template, files=images | texts))
    return lambda body: package.build(json.dumps(body).encode(), signer)


@pytest.fixture
def server(build: Callable[[dict[str, Any]], bytes]) -> ScriptedServer:
    server = ScriptedServer(build)
    server.points(120)
    return server


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def phone(server: ScriptedServer, apple: AppleFiles, said: list[str]) -> VirtualIPhone:
    assert apple.ca is not None
    return VirtualIPhone(apple.ca, httpx.AsyncClient(transport=httpx.MockTransport(server)), say=said.append)


async def test_adding_a_pass_registers_the_phone(phone: VirtualIPhone, server: ScriptedServer, said: list[str]) -> None:
    installed = await phone.install(server.package)

    assert installed.registered
    (request,) = server.asked
    assert request.url.path == f"/apple/v1/devices/{phone.device_id}/registrations/{PASS_TYPE}/s-1"
    assert request.headers["authorization"] == f"ApplePass {TOKEN}"
    assert json.loads(request.content) == {"pushToken": phone.push_token}
    assert said == ["iPhone: added Honeyguide (Points 120, Cashback €0.00)"]


async def test_a_push_shows_what_changed_and_rings_only_where_it_should(
    phone: VirtualIPhone, server: ScriptedServer, said: list[str]
) -> None:
    await phone.install(server.package)
    server.points(170, cashback="2")

    changes = await phone.on_push(PASS_TYPE)

    assert [change.message for change in changes] == ["You now have 170 points", None]
    assert said[1:] == ['iPhone: Points 120 -> 170 ("You now have 170 points")', "iPhone: Cashback €0.00 -> €2.00"]
    assert phone.fields("s-1") == {"points": "170", "cashback": "€2.00"}
    assert server.logs() == []


async def test_a_german_phone_is_told_in_german(phone: VirtualIPhone, server: ScriptedServer) -> None:
    german = dataclasses.replace(phone, language="de-DE")
    await german.install(server.package)
    server.points(1170)

    changes = await german.on_push(PASS_TYPE)

    assert str(changes[0]) == 'Punkte 120 -> 1.170 ("Sie haben jetzt 1.170 Punkte")'
    assert "Punkte: 1.170" in german.front("s-1")


async def test_the_next_push_asks_from_the_last_tag_and_date_on(phone: VirtualIPhone, server: ScriptedServer) -> None:
    await phone.install(server.package)
    server.points(170)
    await phone.on_push(PASS_TYPE)
    server.points(180)

    await phone.on_push(PASS_TYPE)
    assert await phone.on_push(PASS_TYPE) == []

    asked = [request for request in server.asked if request.method == "GET"]
    assert [request.url.params.get("passesUpdatedSince") for request in asked[0::2]] == [None, "3", "4"]
    assert [request.headers.get("if-modified-since") for request in asked[1::2]] == [None, "version 3"]


async def test_a_pass_that_could_not_be_fetched_is_asked_for_again(phone: VirtualIPhone, server: ScriptedServer) -> None:
    await phone.install(server.package)
    server.points(170)
    server.overrides = {"GET /apple/v1/passes": httpx.Response(503)}
    assert await phone.on_push(PASS_TYPE) == []
    server.overrides = {}

    changes = await phone.on_push(PASS_TYPE)

    assert [change.new for change in changes] == ["170"]


@pytest.mark.parametrize(
    ("path", "answer", "line"),
    [
        ("GET /apple/v1/passes", httpx.Response(304), "Server requested update to serial number 's-1', but the pass was unchanged."),
        ("GET /apple/v1/passes", httpx.Response(401), "Unexpected response code 401"),
        ("GET /apple/v1/passes", httpx.Response(200, content=b"{}"), "Unexpected response code 200"),
        (
            "GET /apple/v1/passes",
            httpx.Response(200, content=b"PK", headers={"content-type": "application/vnd.apple.pkpass"}),
            "Received invalid pass data (A1",
        ),
        ("GET /apple/v1/devices", httpx.Response(200, content=b"{}"), "Server response was malformed"),
        ("GET /apple/v1/devices", httpx.Response(500, content=b"oops"), "Server response was malformed"),
    ],
)
async def test_each_deviation_is_logged_at_the_server(
    path: str, answer: httpx.Response, line: str, phone: VirtualIPhone, server: ScriptedServer
) -> None:
    await phone.install(server.package)
    server.points(170)
    server.overrides = {path: answer}

    assert await phone.on_push(PASS_TYPE) == []

    (logged,) = server.logs()
    assert line in logged
    assert phone.fields("s-1")["points"] == "120"


async def test_a_full_answer_without_change_is_logged(phone: VirtualIPhone, server: ScriptedServer) -> None:
    await phone.install(server.package)
    server.tag += 1

    assert await phone.on_push(PASS_TYPE) == []

    assert "ignored the 'if-modified-since' header" in server.logs()[0]


async def test_an_update_may_bring_a_new_token_which_is_used_from_then_on(phone: VirtualIPhone, server: ScriptedServer) -> None:
    await phone.install(server.package)
    server.body["authenticationToken"] = "n" * 43
    server.points(170)
    await phone.on_push(PASS_TYPE)

    await phone.delete("s-1")

    assert server.asked[-1].method == "DELETE"
    assert server.asked[-1].headers["authorization"] == "ApplePass " + "n" * 43
    assert phone.passes == {}


async def test_automatic_updates_off_keeps_the_pass_and_stops_asking(phone: VirtualIPhone, server: ScriptedServer) -> None:
    await phone.install(server.package)
    await phone.unregister("s-1")
    server.points(170)

    assert await phone.on_push(PASS_TYPE) == []
    assert [change.new for change in await phone.refresh("s-1")] == ["170"]


async def test_a_voided_pass_says_so(phone: VirtualIPhone, server: ScriptedServer, said: list[str]) -> None:
    await phone.install(server.package)
    server.body["voided"] = True
    server.points(120)

    await phone.on_push(PASS_TYPE)

    assert said[-1] == "iPhone: the pass is void now"
    assert "VOID" in phone.front("s-1")


@pytest.mark.parametrize(
    ("rule", "answer"),
    [
        ("A36", httpx.Response(404)),
        ("A46", httpx.Response(200, content=b"PK", headers={"content-type": "application/vnd.apple.pkpasses"})),
        ("A46", httpx.Response(200, content=b"PK", headers={"content-type": "application/octet-stream"})),
    ],
)
async def test_a_download_that_safari_would_not_hand_to_wallet_is_refused(
    rule: str, answer: httpx.Response, phone: VirtualIPhone, server: ScriptedServer
) -> None:
    server.overrides = {"GET /add": answer}

    with pytest.raises(PassRefused, match=rule):
        await phone.install("http://127.0.0.1:1/add/x.pkpass")


async def test_a_pass_is_added_from_its_address_with_its_date(phone: VirtualIPhone, server: ScriptedServer) -> None:
    headers = {"content-type": "application/vnd.apple.pkpass", "last-modified": "Sun, 22 Nov 2026 14:00:00 GMT"}
    server.overrides = {"GET /add": httpx.Response(200, content=server.package, headers=headers)}

    installed = await phone.install("http://127.0.0.1:1/add/x.pkpass")

    assert installed.last_modified == "Sun, 22 Nov 2026 14:00:00 GMT"


def bundle(*packages: bytes, name: str = "pass{}.pkpass") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number, package in enumerate(packages):
            archive.writestr(name.format(number), package)
    return buffer.getvalue()


async def test_a47_a_bundle_is_added_whole_or_not_at_all(
    phone: VirtualIPhone, server: ScriptedServer, build: Callable[[dict[str, Any]], bytes]
) -> None:
    two = [build({**BODY, "serialNumber": f"s-{n}"}) for n in (1, 2)]
    headers = {"content-type": "application/vnd.apple.pkpasses"}
    server.overrides = {"GET /add": httpx.Response(200, content=bundle(*two), headers=headers)}

    installed = await phone.install_bundle("http://127.0.0.1:1/add/x.pkpasses")
    for broken in (bundle(), bundle(*two * 6), bundle(two[0], name="readme{}.txt"), bundle(two[0], b"PK"), b"x"):
        with pytest.raises(PassRefused):
            await phone.install_bundle(broken)

    assert [one.serial for one in installed] == ["s-1", "s-2"]
    assert set(phone.passes) == {"s-1", "s-2"}


async def test_a46_a_preview_asks_by_head(phone: VirtualIPhone, server: ScriptedServer) -> None:
    headers = {"content-type": "application/vnd.apple.pkpass", "content-length": "4711"}
    server.overrides = {
        "HEAD /add": httpx.Response(200, headers=headers),
        "HEAD /other": httpx.Response(200, headers={"content-length": "1"}),
    }

    assert (await phone.head("http://127.0.0.1:1/add/x.pkpass")).headers["content-length"] == "4711"
    with pytest.raises(PassRefused, match="A46"):
        await phone.head("http://127.0.0.1:1/other")


async def test_a45_a_change_that_keeps_its_date_is_logged(phone: VirtualIPhone, server: ScriptedServer) -> None:
    await phone.install(server.package)
    server.points(130)
    await phone.on_push(PASS_TYPE)
    server.points(140)
    headers = {"content-type": "application/vnd.apple.pkpass", "last-modified": str(phone.passes["s-1"].last_modified)}
    server.overrides = {"GET /apple/v1/passes": httpx.Response(200, content=server.package, headers=headers)}

    await phone.on_push(PASS_TYPE)

    assert "changed the pass without changing its date" in server.logs()[0]
    assert [seen["points"] for seen in phone.passes["s-1"].history] == [120, 130, 140]


async def test_a35_a_form_is_sent_and_the_signature_of_its_token_is_checked(
    phone: VirtualIPhone, server: ScriptedServer, apple: AppleFiles
) -> None:
    await phone.install(server.package)
    with pytest.raises(PassRefused, match="A51"):
        await phone.personalize("s-1", emailAddress="ann@example.test")
    installed = phone.passes["s-1"]
    installed.checked = dataclasses.replace(installed.checked, files={**installed.checked.files, "personalization.json": b"{}"})
    signer = Signer.load(apple.signing, pass_type_id=PASS_TYPE, team_id=TEAM, development=True)
    signs, answers = True, []

    def answer(request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/personalize"):
            return httpx.Response(200)
        answers.append(json.loads(request.content))
        signature = signer.sign(answers[-1]["personalizationToken"].encode() if signs else b"another")
        return httpx.Response(200, content=signature, headers={"content-type": "application/octet-stream"})

    phone.http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    status = await phone.personalize("s-1", emailAddress="ann@example.test")
    signs = False
    with pytest.raises(PassRefused, match="A3"):
        await phone.personalize("s-1", emailAddress="ann@example.test")

    assert status == 200
    assert answers[0]["requiredPersonalizationInfo"] == {"emailAddress": "ann@example.test"}
