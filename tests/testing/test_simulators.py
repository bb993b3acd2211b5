"""The simulators process: phones get passes by one call, hear of changes over real TLS and HTTP/2, and come back after a restart."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from honeyguide.egress import Egress
from honeyguide.settings import Settings
from honeyguide.testing.simulators import Simulators, simulators_command
from honeyguide.wallet.apple.package import Package
from honeyguide.wallet.apple.push import ApnsClient, ApnsEndpoint, Delivered, PushIdentity
from honeyguide.wallet.apple.signer import Signer
from honeyguide.wallet.certificates.of_settings import AppleFiles, development_certificates
from honeyguide.wallet.faces.template import load_template
from honeyguide.wallet.google.account import development_service_account
from honeyguide.wallet.google.client import GoogleWallet
from honeyguide.wallet.google.outcomes import Sent

PASS_TYPE, TEAM = "pass.test.honeyguide.membership", "HONEYGUIDE"
SERVICE = "http://127.0.0.1:1/wallet/apple"


class PassServer:
    """A pass server with one pass that shows `points`."""

    def __init__(self, files: AppleFiles) -> None:
        signer = Signer.load(files.signing, pass_type_id=PASS_TYPE, team_id=TEAM, development=True)
        package = Package(load_template(Path(__file__).parents[2] / "passes" / "membership.pass"))
        self._build = lambda body: package.build(json.dumps(body).encode(), signer)
        self.points, self.registered = 120, 0

    def package(self) -> bytes:
        fields = [{"key": "points", "label": "Points", "value": self.points, "changeMessage": "You now have %@ points"}]
        return self._build(
            {
                "formatVersion": 1,
                "passTypeIdentifier": PASS_TYPE,
                "teamIdentifier": TEAM,
                "serialNumber": "s-1",
                "organizationName": "Honeyguide",
                "description": "Card",
                "webServiceURL": SERVICE,
                "authenticationToken": "t" * 43,
                "storeCard": {"headerFields": fields},
            }
        )

    def __call__(self, request: httpx.Request) -> httpx.Response:
        tag = str(self.points)
        if request.method == "POST":
            self.registered += "registrations" in request.url.path
            return httpx.Response(201)
        if "registrations" in request.url.path:
            if request.url.params.get("passesUpdatedSince") == tag:
                return httpx.Response(204)
            return httpx.Response(200, json={"serialNumbers": ["s-1"], "lastUpdated": tag})
        content = self.package()
        headers = {"content-type": "application/vnd.apple.pkpass", "last-modified": f"version {tag}"}
        return httpx.Response(200, content=content, headers=headers)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    development_certificates(folder, PASS_TYPE, TEAM, datetime.now(UTC))
    development_service_account(folder)
    return folder


@pytest.fixture(scope="module")
def files(data_dir: Path) -> AppleFiles:
    return development_certificates(data_dir, PASS_TYPE, TEAM, datetime.now(UTC))


class _Always:
    """An allowance without an end."""

    async def take(self) -> bool:
        return True

    async def give_back(self) -> None: ...

    async def exhausted(self) -> None: ...


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def settings_for(simulators: Simulators, data_dir: Path) -> Settings:
    return Settings(
        environment="development",
        data_dir=data_dir,
        google_api_url=simulators.google.api_url,
        google_token_url=simulators.google.token_url,
        google_save_url=simulators.google.save_url,
    )


async def test_an_iphone_is_added_by_a_call_hears_the_push_and_comes_back_after_a_restart(
    data_dir: Path, files: AppleFiles, egress: Egress
) -> None:
    server, said = PassServer(files), list[str]()

    def simulators_of() -> Simulators:
        return Simulators(data_dir, say=said.append, http=httpx.AsyncClient(transport=httpx.MockTransport(server)))

    simulators = simulators_of()
    await simulators.start(0, 0)
    async with httpx.AsyncClient() as http:
        added = await http.post(f"{simulators.google.url}/phones", json={"kind": "iphone", "url": "http://127.0.0.1:1/add/x"})
    client = ApnsClient(ApnsEndpoint("127.0.0.1", simulators.apns.port, files.ca), egress)
    client.use(PushIdentity.load(files.signing))
    token = next(iter(simulators.apns._devices))

    server.points = 170
    outcome = await client.push(token, PASS_TYPE)
    await until(lambda: any("170" in line for line in said))
    await client.close()
    await simulators.stop()
    said.clear()
    server.points = 200
    again = simulators_of()
    await again.start(0, 0)
    await until(lambda: any("200" in line for line in said))
    listing = again.phones.listing()
    await again.stop()

    assert added.status_code == 201
    assert added.json()[0]["shows"] == {"points": "120"}
    assert outcome == Delivered()
    assert [phone["shows"] for phone in listing] == [{"points": "200"}]
    assert server.registered == 2


async def test_an_android_phone_shows_what_is_patched_also_after_a_restart(data_dir: Path, tmp_path: Path, egress: Egress) -> None:
    said = list[str]()
    (data_dir / "simulators" / "phones.json").unlink(missing_ok=True)
    simulators = Simulators(data_dir, say=said.append)
    await simulators.start(0, 0)
    wallet = GoogleWallet.open(settings_for(simulators, data_dir), egress)
    assert wallet is not None
    class_id, object_id = f"{wallet.issuer_id}.demo", f"{wallet.issuer_id}.o1"
    logo = {"sourceUri": {"uri": "http://127.0.0.1:8000/logo.png"}}
    await wallet.ensure_class(
        {"id": class_id, "issuerName": "Club", "programName": "Club", "programLogo": logo, "reviewStatus": "UNDER_REVIEW"}
    )

    def body(points: int) -> dict[str, Any]:
        balance = {"label": "Points", "balance": {"int": points}}
        return {"id": object_id, "classId": class_id, "state": "ACTIVE", "loyaltyPoints": balance}

    await wallet.send_object(None, body(1), version=1)
    async with httpx.AsyncClient() as http:
        url = f"{simulators.google.url}/phones"
        added = await http.post(url, json={"kind": "android", "url": wallet.save_link(object_id, class_id)})
        broken = await http.post(url, json={"kind": "android", "url": f"{simulators.google.save_url}/nonsense"})
        nothing = await http.post(url, json={"kind": "nokia"})
    outcome = await wallet.send_object(body(1), body(2), version=2, notify=_Always())
    await simulators.stop()
    again = Simulators(data_dir, say=said.append)
    await again.start(0, 0)
    listing = again.phones.listing()
    await again.stop()

    assert (added.status_code, broken.status_code, nothing.status_code) == (201, 422, 400)
    assert outcome == Sent(has_users=True, notified=True)
    assert "Android (notification) shows Points: 1 -> 2" in said
    assert [phone["shows"] for phone in listing] == [{"Program": "Club", "Points": "2"}]


def test_without_keys_the_command_says_what_is_missing(tmp_path: Path) -> None:
    result = CliRunner().invoke(simulators_command, ["--data-dir", str(tmp_path), "--patience", "0"])

    assert result.exit_code == 1
    assert "apns.pem is missing" in result.output
