"""The APNs simulator refuses what Apple refuses; a client of another make must notice."""

from __future__ import annotations

from pathlib import Path

import pytest

from honeyguide.testing.apns import ApnsSimulator, Respond
from honeyguide.testing.tls import server_certificate

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
