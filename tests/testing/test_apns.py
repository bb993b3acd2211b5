"""The APNs simulator refuses what Apple refuses; a client of another make must notice."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from honeyguide.testing.apns import ApnsSimulator, Push, Respond, Weather
from honeyguide.testing.apns_phones import Sky
from honeyguide.testing.apns_tokens import TokenKeys
from honeyguide.testing.tls import server_certificate
from honeyguide.wallet.certificates.of_settings import development_certificates

NOW = datetime(2026, 7, 1, tzinfo=UTC)
TOPIC = "pass.test.membership"
GOOD = {":method": "POST", ":path": "/3/device/" + "ab" * 32, "apns-topic": TOPIC, "apns-push-type": "background", "apns-priority": "5"}


@pytest.fixture(scope="module")
def apns(tmp_path_factory: pytest.TempPathFactory) -> ApnsSimulator:
    certificate, key = server_certificate(tmp_path_factory.mktemp("tls"))
    return ApnsSimulator(certificate=certificate, key=key, client_ca=certificate, accept_any_token=True)


@pytest.mark.parametrize(
    ("change", "body", "refusal"),
    [
        ({":method": "GET"}, b"{}", Respond(405, "MethodNotAllowed")),
        ({":path": "/3/device/../x"}, b"{}", Respond(404, "BadPath")),
        ({"apns-topic": "pass.test.other"}, b"{}", Respond(400, "TopicDisallowed")),
        ({"apns-push-type": "alert"}, b"{}", Respond(400, "InvalidPushType")),
        ({"apns-priority": "10"}, b"{}", Respond(400, "BadPriority")),
        ({}, b"", Respond(400, "PayloadEmpty")),
        ({}, b'{"aps":{"alert":"hi"}}', Respond(400, "BadPayload")),
        ({}, b"{}", Respond(200)),
    ],
)
def test_what_is_no_pass_push_is_refused(apns: ApnsSimulator, change: dict[str, str], body: bytes, refusal: Respond) -> None:
    assert apns.answer({**GOOD, **change}, body, TOPIC) == refusal


def test_a_push_without_topic_is_refused(apns: ApnsSimulator) -> None:
    request = {name: value for name, value in GOOD.items() if name != "apns-topic"}

    assert apns.answer(request, b"{}", TOPIC) == Respond(400, "MissingTopic")


def test_the_server_certificate_is_made_once_and_its_key_is_private(tmp_path: Path) -> None:
    first = server_certificate(tmp_path)
    content = first[0].read_bytes()

    assert server_certificate(tmp_path) == first
    assert first[0].read_bytes() == content
    assert first[1].stat().st_mode & 0o077 == 0


def tokens(topics: frozenset[str] | None = None) -> tuple[TokenKeys, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    return TokenKeys("TEAM123456", {"KEY1": key.public_key()}, lambda: NOW, topics), key


def bearer(key: ec.EllipticCurvePrivateKey, minutes_ago: int = 0, team: str = "TEAM123456", key_id: str = "KEY1") -> str:
    made = int((NOW - timedelta(minutes=minutes_ago)).timestamp())
    return "bearer " + jwt.encode({"iss": team, "iat": made}, key, "ES256", {"kid": key_id})


def test_n4_stale_foreign_and_too_many_tokens_are_refused_in_apples_words(tmp_path: Path) -> None:
    keys, key = tokens(frozenset({TOPIC}))
    certificate, private = server_certificate(tmp_path)
    apns = ApnsSimulator(certificate=certificate, key=private, client_ca=certificate, accept_any_token=True, token_keys=keys)

    def said(authorization: str, **change: str) -> Respond:
        return apns.answer({**GOOD, "authorization": authorization, **change}, b"{}", "")

    assert said("") == Respond(403, "MissingProviderToken")
    assert said("bearer x") == Respond(403, "InvalidProviderToken")
    assert said(bearer(key, team="OTHERTEAM1")) == Respond(403, "InvalidProviderToken")
    assert said(bearer(key, key_id="KEY2")) == Respond(403, "InvalidProviderToken")
    assert said(bearer(ec.generate_private_key(ec.SECP256R1()))) == Respond(403, "InvalidProviderToken")
    assert said(bearer(key, minutes_ago=61)) == Respond(403, "ExpiredProviderToken")
    assert said(bearer(key, minutes_ago=30)) == Respond(200)
    assert said(bearer(key, minutes_ago=20)) == Respond(429, "TooManyProviderTokenUpdates")
    assert said(bearer(key)) == Respond(200)
    assert said(bearer(key), **{"apns-topic": "pass.another.team"}) == Respond(400, "TopicDisallowed")


def sky_with_a_phone() -> tuple[Sky, list[Push]]:
    sky, heard = Sky(), list[Push]()

    async def hear(push: Push) -> None:
        heard.append(push)

    sky.connect("ab", hear)
    return sky, heard


async def test_n10_pushes_are_lost_late_and_joined_and_one_is_kept_for_who_is_off() -> None:
    sky, heard = sky_with_a_phone()
    push = Push("ab", TOPIC, NOW)
    sky.weather = Weather(loss=1.0)
    sky.deliver(push)
    sky.weather = Weather(delay=(0.01, 0.01))
    for _ in range(3):
        sky.deliver(push)
    assert heard == []
    await asyncio.sleep(0.05)
    assert heard == [push]
    sky.weather = Weather()
    sky.switch_off("ab")
    for _ in range(3):
        sky.deliver(push)
    sky.connect("ab", sky_with_a_phone()[0].devices["ab"].hear)  # type: ignore[arg-type]
    await asyncio.sleep(0)
    await sky.close()

    assert sky.fate == {"lost": 1, "joined": 4, "heard": 2, "stored": 1}


async def test_slow_tls_refused_certificates_and_an_outage(tmp_path: Path) -> None:
    """The client of this test is openssl's, not ours."""
    certificate, private = server_certificate(tmp_path)
    apns = ApnsSimulator(certificate=certificate, key=private, client_ca=certificate)
    await apns.start()

    async def dial(seconds: float = 5) -> bool:
        context = ssl.create_default_context(cafile=str(certificate))
        context.load_cert_chain(certificate, private)
        context.set_alpn_protocols(["h2"])
        context.check_hostname = False
        try:
            async with asyncio.timeout(seconds):
                reader, writer = await asyncio.open_connection("127.0.0.1", apns.port, ssl=context)
                answered = await reader.read(9)  # the head of the SETTINGS frame
                writer.close()
        except (OSError, TimeoutError):
            return False
        return len(answered) == 9

    good = await dial()
    apns.handshake_delay = 0.3
    slow, patient = await dial(0.1), await dial()
    apns.handshake_delay, apns.is_down = 0.0, True
    down = await dial()
    apns.is_down = False
    await apns.stop()

    assert (good, slow, patient, down) == (True, False, True, False)


async def test_a_certificate_that_apns_does_not_trust_ends_the_handshake(tmp_path: Path) -> None:
    files = development_certificates(tmp_path, TOPIC, "TEAM123456", datetime.now(UTC))
    assert files.apns_certificate is not None
    assert files.apns_key is not None
    apns = ApnsSimulator(certificate=files.apns_certificate, key=files.apns_key, client_ca=files.signing.intermediate)
    await apns.start()
    context = ssl.create_default_context(cafile=str(files.ca))
    context.load_cert_chain(files.signing.certificate, files.signing.key)
    context.set_alpn_protocols(["h2"])

    async def first_bytes() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", apns.port, ssl=context)
        try:
            return await reader.read(9)
        except OSError:
            return b""
        finally:
            writer.close()

    trusted = await first_bytes()
    apns.refuse_certificates = True
    refused = await first_bytes()
    await apns.stop()

    assert len(trusted) == 9
    assert refused == b""
    assert apns.connections == 1
