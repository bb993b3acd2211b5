"""Pushing by a token key in place of the certificate (N4), and the type and priority of pushes (N5)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from honeyguide.egress import Egress
from honeyguide.testing.apns import ApnsSimulator
from honeyguide.testing.apns_tokens import TokenKeys
from honeyguide.wallet.apple.push import ApnsClient, ApnsEndpoint, Delivered, PushIdentity, Refused, Retry, TokenIdentity
from honeyguide.wallet.apple.signer import SigningRefused

TOPIC, TEAM, KEY_ID = "pass.test.membership", "TEAM123456", "KEY1234567"
TOKEN = "ab12" * 16


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC).replace(microsecond=0)

    def __call__(self) -> datetime:
        return self.now


def file_of(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, folder: Path) -> Path:
    file = folder / "AuthKey.p8"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return file


@pytest.fixture(scope="module")
def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture
async def apns(authority, tls_files: tuple[Path, Path], key: ec.EllipticCurvePrivateKey, clock: Clock) -> AsyncIterator[ApnsSimulator]:  # type: ignore[no-untyped-def]
    keys = TokenKeys(TEAM, {KEY_ID: key.public_key()}, clock)
    simulator = ApnsSimulator(certificate=tls_files[0], key=tls_files[1], client_ca=authority.file, accept_any_token=True, token_keys=keys)
    await simulator.start()
    yield simulator
    await simulator.stop()


def client_of(apns: ApnsSimulator, ca: Path, egress: Egress, clock: Clock, identity: PushIdentity | TokenIdentity) -> ApnsClient:
    client = ApnsClient(ApnsEndpoint("127.0.0.1", apns.port, ca), egress, clock=clock)
    client.use(identity)
    return client


async def test_n4_a_token_is_made_once_and_anew_within_20_to_60_minutes(
    apns: ApnsSimulator, tls_files: tuple[Path, Path], egress: Egress, clock: Clock, key: ec.EllipticCurvePrivateKey, tmp_path: Path
) -> None:
    identity = TokenIdentity.load(file_of(key, tmp_path), topic=TOPIC, team_id=TEAM, key_id=KEY_ID)
    client = client_of(apns, tls_files[0], egress, clock, identity)

    outcomes = []
    for _ in range(25):  # two hours of pushes, one each five minutes
        outcomes.append(await client.push(TOKEN, TOPIC))
        clock.now += timedelta(minutes=5)
    await client.close()

    assert apns.token_keys is not None
    pauses = [later - earlier for earlier, later in zip(apns.token_keys.seen, apns.token_keys.seen[1:], strict=False)]
    assert set(outcomes) == {Delivered()}
    assert len(pauses) >= 2
    assert all(timedelta(minutes=20) < pause < timedelta(minutes=60) for pause in pauses)
    assert apns.connections == 1


async def test_n4_a_token_that_apns_takes_for_too_old_is_made_anew(
    apns: ApnsSimulator, tls_files: tuple[Path, Path], egress: Egress, clock: Clock, key: ec.EllipticCurvePrivateKey, tmp_path: Path
) -> None:
    """APNs' clock is ahead of ours."""
    client = client_of(apns, tls_files[0], egress, clock, TokenIdentity(TOPIC, TEAM, KEY_ID, key))
    assert await client.push(TOKEN, TOPIC) == Delivered()
    assert apns.token_keys is not None
    apns.token_keys.clock = lambda: clock.now + timedelta(minutes=35)
    clock.now += timedelta(minutes=30)

    outcomes = [await client.push(TOKEN, TOPIC) for _ in range(2)]
    await client.close()

    assert outcomes == [Retry("ExpiredProviderToken"), Delivered()]


async def test_n4_another_teams_key_is_an_alarm_and_no_reason_to_forget_phones(
    apns: ApnsSimulator, tls_files: tuple[Path, Path], egress: Egress, clock: Clock, key: ec.EllipticCurvePrivateKey
) -> None:
    client = client_of(apns, tls_files[0], egress, clock, TokenIdentity(TOPIC, "OTHERTEAM1", KEY_ID, key))

    assert await client.push(TOKEN, TOPIC) == Refused("InvalidProviderToken")
    await client.close()


async def test_n4_what_is_no_key_of_apns_is_refused_at_the_start(tmp_path: Path) -> None:
    load = lambda file: TokenIdentity.load(file, topic=TOPIC, team_id=TEAM, key_id=KEY_ID)  # noqa: E731
    (tmp_path / "nonsense.p8").write_text("-----BEGIN secret")

    for file, why in (
        (tmp_path / "none.p8", "cannot be read"),
        (tmp_path / "nonsense.p8", "no private key"),
        (file_of(ec.generate_private_key(ec.SECP384R1()), tmp_path), "P-256"),
    ):
        with pytest.raises(SigningRefused, match=f"N4: .*{why}") as refused:
            load(file)
        assert "BEGIN" not in str(refused.value)


async def test_n3_the_certificate_still_pushes_where_apns_takes_tokens_too(
    apns: ApnsSimulator, tls_files: tuple[Path, Path], egress: Egress, clock: Clock, identity: PushIdentity
) -> None:
    client = client_of(apns, tls_files[0], egress, clock, identity)

    assert await client.push(TOKEN, TOPIC) == Delivered()
    await client.close()


async def test_n5_type_and_priority_follow_the_settings(
    apns: ApnsSimulator, tls_files: tuple[Path, Path], egress: Egress, identity: PushIdentity
) -> None:
    apns.push_type, apns.priority = "alert", 10
    endpoint = ApnsEndpoint("127.0.0.1", apns.port, tls_files[0])
    outcomes = []
    for one in (endpoint, replace(endpoint, push_type="alert", priority=10)):
        client = ApnsClient(one, egress)
        client.use(identity)
        outcomes.append(await client.push(TOKEN, TOPIC))
        await client.close()

    assert outcomes == [Refused("InvalidPushType"), Delivered()]
