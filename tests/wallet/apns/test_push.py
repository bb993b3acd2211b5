"""Pushes through the APNs simulator, one test or more for each of N1-N7 and N11."""

from __future__ import annotations

import asyncio
import gc
import os
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from honeyguide.egress import Egress
from honeyguide.testing import apns_session
from honeyguide.testing.apns import ApnsSimulator, DropConnection, GoAway, Hold, Push, ResetStream, Respond
from honeyguide.wallet.apple import push_connection
from honeyguide.wallet.apple.push import (
    ApnsClient,
    ApnsEndpoint,
    BadToken,
    Delivered,
    Down,
    HandshakeFailed,
    PushIdentity,
    Refused,
    Retry,
    Unreachable,
    Unregistered,
)

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(30)]
Clients = Callable[..., ApnsClient]
TOPIC = "pass.test.membership"
TOKEN = "ab12" * 16


class Phone:
    def __init__(self, apns: ApnsSimulator, token: str = TOKEN) -> None:
        self.heard: list[Push] = []
        apns.connect(token, self.hear)

    async def hear(self, push: Push) -> None:
        self.heard.append(push)


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0.005)


async def test_n1_production_is_where_pushes_go_unless_told_otherwise() -> None:
    endpoint = ApnsEndpoint()

    assert (endpoint.host, endpoint.port, endpoint.push_type, endpoint.priority) == ("api.push.apple.com", 443, "background", 5)


async def test_n2_n3_n5_a_push_is_one_that_a_strict_apns_takes_and_the_phone_wakes(apns: ApnsSimulator, client_of: Clients) -> None:
    """N2, N3, N5."""
    phone, client = Phone(apns), client_of(apns)

    outcome = await client.push(TOKEN, TOPIC)
    await settle()
    await client.close()

    assert outcome == Delivered()
    assert [push.topic for push in phone.heard] == [TOPIC]
    assert not apns.complaints


async def test_n3_the_topic_is_the_certificates_uid(identity: PushIdentity, authority) -> None:  # type: ignore[no-untyped-def]
    assert identity.topic == TOPIC
    with pytest.raises(ValueError, match="UID"):
        _ = authority.identity(None).topic


async def test_a_topic_without_certificate_is_refused_without_a_connection(apns: ApnsSimulator, client_of: Clients) -> None:
    outcome = await client_of(apns).push(TOKEN, "pass.test.other")

    assert outcome == Refused("NoCertificateForTopic")
    assert apns.connections == 0


@pytest.mark.parametrize("token", ["", "xyz", "ab/../../x", "ab12" * 16 + "\n", "é" * 64, "a" * 15, "00" * 500, "AB12" * 16 + "?x=1"])
async def test_only_hex_becomes_a_path(apns: ApnsSimulator, client_of: Clients, token: str) -> None:
    outcome = await client_of(apns).push(token, TOPIC)

    assert outcome == BadToken()
    assert apns.connections == 0


@pytest.mark.parametrize(
    ("respond", "expected"),
    [
        (Respond(410), Unregistered(None)),
        (Respond(410, "Unregistered", 1_790_000_000_000), Unregistered(datetime.fromtimestamp(1_790_000_000, UTC))),
        (Respond(400, "BadDeviceToken"), BadToken()),
        (Respond(400, "DeviceTokenNotForTopic"), Refused("DeviceTokenNotForTopic")),
        (Respond(403, "BadCertificate"), Refused("BadCertificate")),
        (Respond(403, "<script>\n"), Refused("Status403")),
        (Respond(404), Refused("Status404")),
        (Respond(429, "TooManyRequests"), Retry("TooManyRequests")),
        (Respond(503, "Shutdown", headers={"retry-after": "7"}), Retry("Shutdown", timedelta(seconds=7))),
        (Respond(500), Retry("Status500")),
        (ResetStream(7), Retry("StreamReset7")),
        (ResetStream(2), Retry("StreamReset2")),
    ],
)
async def test_n6_each_answer_ends_the_request_at_once_and_says_what_to_do(
    apns: ApnsSimulator, client_of: Clients, respond: Respond | ResetStream, expected: object
) -> None:
    client = client_of(apns)
    apns.script(respond)

    async with asyncio.timeout(2):
        outcome = await client.push(TOKEN, TOPIC)
    await client.close()

    assert outcome == expected


async def test_n6_a_removed_phone_answers_410_with_the_time(apns: ApnsSimulator, client_of: Clients) -> None:
    Phone(apns)
    at = datetime(2026, 11, 1, 12, tzinfo=UTC)
    apns.remove(TOKEN, at)

    assert await client_of(apns).push(TOKEN, TOPIC) == Unregistered(at)


async def test_n7_many_pushes_share_one_connection_within_the_servers_limit(authority, tls_files, client_of: Clients) -> None:  # type: ignore[no-untyped-def]
    apns = ApnsSimulator(certificate=tls_files[0], key=tls_files[1], client_ca=authority.file, max_streams=5)
    await apns.start()
    Phone(apns)
    client = client_of(apns)

    outcomes = await asyncio.gather(*(client.push(TOKEN, TOPIC) for _ in range(100)))
    await client.close()
    await apns.stop()

    assert set(outcomes) == {Delivered()}
    assert apns.connections == 1
    assert apns.most_at_once <= 5


async def test_n7_goaway_lets_lower_streams_finish_and_sends_the_rest_on_a_new_connection(apns: ApnsSimulator, client_of: Clients) -> None:
    phone, client = Phone(apns), client_of(apns)
    await client.check(TOPIC)
    apns.script(Hold(0.2), Hold(0.2), GoAway())

    outcomes = await asyncio.gather(*(client.push(TOKEN, TOPIC) for _ in range(10)))
    await settle()
    await client.close()

    assert set(outcomes) == {Delivered()}
    assert apns.connections == 2
    assert len(phone.heard) == 10  # the two held ones were not sent again


async def test_n7_a_lost_connection_is_opened_anew_and_nothing_is_lost(apns: ApnsSimulator, client_of: Clients) -> None:
    phone, client = Phone(apns), client_of(apns)
    apns.script(DropConnection())

    outcomes = await asyncio.gather(*(client.push(TOKEN, TOPIC) for _ in range(5)))
    await settle()
    await client.close()

    assert set(outcomes) == {Delivered()}
    assert len(phone.heard) >= 5
    assert apns.connections == 2


async def test_n7_a_connection_lost_again_and_again_is_left_to_the_worker(apns: ApnsSimulator, client_of: Clients) -> None:
    client = client_of(apns)
    apns.script(*[DropConnection()] * 3)

    assert await client.push(TOKEN, TOPIC) == Retry("ConnectionLost")


async def test_n7_a_request_has_a_deadline_and_its_neighbours_do_not_wait_for_it(apns: ApnsSimulator, client_of: Clients) -> None:
    Phone(apns)
    client = client_of(apns, deadline=0.5)
    apns.script(Hold())

    first, second = await asyncio.gather(client.push(TOKEN, TOPIC), client.push(TOKEN, TOPIC))
    third = await client.push(TOKEN, TOPIC)
    await client.close()

    assert (first, second, third) == (Retry("Deadline"), Delivered(), Delivered())
    assert apns.connections == 1


async def test_n7_a_stalled_window_ends_at_the_deadline_on_a_connection_given_up(authority, tls_files, client_of: Clients) -> None:  # type: ignore[no-untyped-def]
    apns = ApnsSimulator(certificate=tls_files[0], key=tls_files[1], client_ca=authority.file, stalled_window=True)
    await apns.start()
    Phone(apns)
    client = client_of(apns, deadline=0.4)

    stalled = await client.push(TOKEN, TOPIC)
    apns.stalled_window = False
    await asyncio.sleep(0.05)
    freed = await client.push(TOKEN, TOPIC)
    await client.close()
    await apns.stop()

    assert (stalled, freed) == (Retry("Deadline"), Delivered())
    assert apns.connections == 2


async def test_n7_pings_are_answered_and_a_dead_line_is_noticed(apns: ApnsSimulator, client_of: Clients) -> None:
    Phone(apns)
    client = client_of(apns, ping_every=0.05)
    await client.push(TOKEN, TOPIC)

    await asyncio.sleep(0.3)
    outcome = await client.push(TOKEN, TOPIC)
    await client.close()

    assert outcome == Delivered()
    assert apns.connections == 1


async def test_n7_memory_stays_flat(apns: ApnsSimulator, client_of: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    """N7: what h2 remembers of ended streams is bounded; with a lower bound it is full sooner, and 40 bytes kept of each push show."""
    for http2 in (push_connection._Http2, apns_session._Http2):
        monkeypatch.setattr(http2, "MAX_CLOSED_STREAMS", 100)
    client = client_of(apns)
    apns.accept_any_token = True

    async def push(count: int) -> None:
        for start in range(0, count, 100):
            await asyncio.gather(*(client.push(f"{start + n:064x}", TOPIC) for n in range(100)))

    tracemalloc.start()
    try:
        await push(700)  # the tables of h2 reach their size
        for _ in range(3):  # what else happens in this process shows once, what is kept of each push every time
            gc.collect()
            before = tracemalloc.get_traced_memory()[0]
            await push(1100)
            gc.collect()
            grown = tracemalloc.get_traced_memory()[0] - before
            if grown < 44_000:
                break
    finally:
        tracemalloc.stop()
    await client.close()

    assert apns.connections == 1
    assert grown < 44_000, grown


@pytest.mark.long
@pytest.mark.timeout(3600)
async def test_n7_memory_stays_flat_over_a_million_pushes(apns: ApnsSimulator, client_of: Clients) -> None:
    """N7: also that of the simulator, which lives in this process."""
    apns.accept_any_token, pushes = True, int(os.environ.get("HONEYGUIDE_PUSHES", "1000000"))
    client, resident = client_of(apns), []
    for start in range(0, pushes, 100):
        outcomes = await asyncio.gather(*(client.push(f"{start + n:064x}", TOPIC) for n in range(100)))
        assert set(outcomes) == {Delivered()}
        if start % (pushes // 10) == 0:
            resident.append(int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"))
    await client.close()

    print("resident megabytes, one each tenth:", [round(one / 1e6, 1) for one in resident])
    assert max(resident[2:]) - resident[2] < 5_000_000


async def test_n11_a_new_certificate_opens_a_new_connection_and_the_old_one_finishes(
    apns: ApnsSimulator, client_of: Clients, authority
) -> None:  # type: ignore[no-untyped-def]
    phone, client = Phone(apns), client_of(apns)
    apns.script(Hold(0.3))
    under_way = asyncio.create_task(client.push(TOKEN, TOPIC))
    await asyncio.sleep(0.15)

    client.use(authority.identity())
    later = await client.push(TOKEN, TOPIC)
    earlier = await under_way
    await settle()
    await client.close()

    assert (earlier, later) == (Delivered(), Delivered())
    assert apns.connections == 2
    assert len(phone.heard) == 2


async def test_n11_a_certificate_of_another_ca_is_a_named_failure(
    apns: ApnsSimulator, client_of: Clients, tmp_path: Path, authority
) -> None:  # type: ignore[no-untyped-def]
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65537, 2048)
    stranger = type(authority)(authority.certificate, key, authority.file)  # claims the CA's name, signs with another key
    client = client_of(apns, stranger.identity())

    with pytest.raises(HandshakeFailed):
        await client.check(TOPIC)
    outcome = await client.push(TOKEN, TOPIC)

    assert isinstance(outcome, Down)
    assert outcome.reason == "HandshakeFailed"
    assert outcome.after > timedelta(0)


async def test_n11_a_server_that_we_do_not_trust_is_a_named_failure(apns: ApnsSimulator, identity: PushIdentity, egress: Egress) -> None:
    client = ApnsClient(ApnsEndpoint("127.0.0.1", apns.port), egress)
    client.use(identity)

    with pytest.raises(HandshakeFailed, match="CERTIFICATE_VERIFY_FAILED"):
        await client.check(TOPIC)


async def test_an_apns_that_is_down_is_tried_again_with_growing_pauses(apns: ApnsSimulator, client_of: Clients) -> None:
    client = client_of(apns)
    await apns.stop()

    with pytest.raises(Unreachable):
        await client.check(TOPIC)
    outcome = await client.push(TOKEN, TOPIC)

    assert isinstance(outcome, Down)
    assert outcome.reason == "Unreachable"
    assert timedelta(0) < outcome.after <= timedelta(seconds=0.5)


async def test_neither_token_nor_key_appears_in_logs_or_texts(
    apns: ApnsSimulator, client_of: Clients, identity: PushIdentity, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    client = client_of(apns, deadline=0.3)
    apns.script(Respond(403, "BadCertificate"), Hold(), *[DropConnection()] * 3)

    outcomes = [await client.push(TOKEN, TOPIC) for _ in range(3)]
    await apns.stop()
    outcomes.append(await client.push(TOKEN, TOPIC))

    assert TOKEN not in caplog.text + repr(outcomes)
    assert "PrivateKey" not in repr(identity)


async def test_n10_a_phone_that_was_off_hears_one_push_for_all(apns: ApnsSimulator, client_of: Clients) -> None:
    phone, client = Phone(apns), client_of(apns)
    apns.switch_off(TOKEN)
    for _ in range(3):
        await client.push(TOKEN, TOPIC)

    apns.connect(TOKEN, phone.hear)
    await settle()
    await client.close()

    assert len(phone.heard) == 1
