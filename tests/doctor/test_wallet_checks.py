"""What the doctor says of wallets: certificates, addresses, clocks, both push services, styles; against the simulators."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from builders.outside import OK, saying, serving
from builders.pki import authority
from honeyguide.doctor.checks import addresses, apple_push, certificates, clocks, passes
from honeyguide.doctor.finding import Check, Examined, Finding, Level
from honeyguide.doctor.pass_types import with_kept_secret
from honeyguide.egress import Egress
from honeyguide.settings import Settings, load_settings
from honeyguide.testing.apns import ApnsSimulator
from honeyguide.testing.tls import server_certificate
from honeyguide.wallet.certificates.of_settings import development_certificates

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
PASS_TYPE = "pass.test.honeyguide.membership"
EXPOSED = {"environment": "production", "secret_key": "4f8b1c92d0e37a65" * 4, "host": "0.0.0.0"}

Looked = Callable[..., Awaitable[Sequence[Finding]]]


@pytest.fixture
def looked(egress: Egress, tmp_path: Path) -> Looked:
    async def run(
        check: Check, connection: asyncpg.Connection | None = None, by: Egress = egress, now: datetime = NOW, **settings: object
    ) -> Sequence[Finding]:
        given = Settings(**{"data_dir": tmp_path / "data", "secret_key": "s" * 40, **settings})  # type: ignore[arg-type]
        found = await check(Examined(given, now, by, connection, None, ""))
        assert all(one.do for one in found if one.level is not Level.GOOD)
        return found

    return run


def told(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    return [(one.level.value, one.says) for one in findings]


def only(findings: Sequence[Finding]) -> tuple[str, str]:
    ((level, says),) = told(findings)
    return level, says


def test_what_programs_brought_in_development_is_opened_with_the_secret_that_development_kept(tmp_path: Path) -> None:
    made = load_settings(data_dir=tmp_path)

    assert with_kept_secret(Settings(data_dir=tmp_path)).secrets == made.secrets
    assert with_kept_secret(Settings(data_dir=tmp_path / "nowhere")).secret_key is None


async def test_each_certificate_of_a_folder_is_judged_and_the_last_end_counts(looked: Looked, tmp_path: Path) -> None:
    """A6-A8: the same thresholds as the warnings of server and worker; a successor puts the end off."""
    made, folder = authority(NOW), tmp_path / "certificates"
    folder.mkdir()
    given = {"apple_certificate": folder, "apple_wwdr": made.write(tmp_path / "wwdr.pem")}
    made.write_pass(folder / "2026.pem", PASS_TYPE, NOW - 300 * DAY, NOW + 20 * DAY)

    level, says = only(await looked(certificates.check, **given))
    assert (level, "in 20 days" in says) == ("warning", True)
    over = told(await looked(certificates.check, now=NOW + 21 * DAY, **given))
    assert [level for level, says in over if "no pass can be signed or pushed" in says] == ["failure"]

    made.write_pass(folder / "2027.pem", PASS_TYPE, NOW - DAY, NOW + 364 * DAY)
    assert only(await looked(certificates.check, **given))[0] == "good"

    made.write_pass(folder / "2028.pem", "pass.test.other", NOW - DAY, NOW + 364 * DAY)
    level, says = only(await looked(certificates.check, **given))
    assert (level, says.startswith("2028.pem signs no pass: A6: the certificate's UID")) == ("failure", True)


@pytest.mark.parametrize(
    ("url", "level", "words"),
    [
        ("http://127.0.0.1:8000", "good", "for phones of this machine"),
        ("https://loyalty.test/v1", "failure", "ends in /v1"),
        ("https://loyalty.test/?x=1", "failure", "no address that phones could come to"),
        ("http://loyalty.test", "failure", "https only"),
        ("https://10.1.2.3", "unchecked", "is inside from here"),
        ("https://localhost:9", "unchecked", "cannot be reached from here"),
    ],
)
async def test_the_address_in_passes_is_one_that_phones_take(looked: Looked, url: str, level: str, words: str) -> None:
    """A25."""
    exposed = {"host": "0.0.0.0"} if url.startswith("https") else {}
    found = only(await looked(addresses.check, public_url=url, **exposed))

    assert (found[0], words in found[1]) == (level, True)


async def test_our_own_address_is_asked_as_a_phone_would(tmp_path: Path, looked: Looked) -> None:
    """A server that is not ours, a certificate that nobody trusts, and a clock that is wrong are told."""
    certificate, key = server_certificate(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    late = b"HTTP/1.1 200 OK\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\ncontent-length: 2\r\n\r\nok"
    trusting = Egress.of(Settings(egress_ca=certificate, egress_allow="127.0.0.1"))  # type: ignore[call-arg]
    try:
        async with serving(OK, tls) as good, serving(saying(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"), tls) as other:
            ours, others = ({"public_url": f"https://localhost:{one.port}", "host": "0.0.0.0"} for one in (good, other))
            answers = only(await looked(addresses.check, by=trusting, **ours))
            somebody = only(await looked(addresses.check, by=trusting, **others))
            untrusted = only(await looked(addresses.check, **ours))
            undated = only(await looked(clocks.check, by=trusting, **ours))
        async with serving(saying(late), tls) as wrong:
            apart = only(await looked(clocks.check, by=trusting, public_url=f"https://localhost:{wrong.port}", host="0.0.0.0"))
    finally:
        await trusting.close()

    assert (answers[0], somebody[0], undated[0], apart[0]) == ("good", "failure", "unchecked", "failure")
    assert "somebody else answers" in somebody[1]
    assert untrusted[0] in ("failure", "unchecked")
    assert "apart" in apart[1]


async def test_the_push_service_lets_us_in_or_says_why_not(looked: Looked, tmp_path: Path) -> None:
    """N1, N3, N11: a handshake with the certificate that pushes; a refused one is a failure, an unreachable host is not our fault."""
    files = development_certificates(tmp_path / "data", PASS_TYPE, "HONEYGUIDE", NOW)
    assert files.apns_certificate and files.apns_key and files.ca
    stranger = authority(NOW).write(tmp_path / "stranger.pem")
    told_by = []
    for client_ca in (files.signing.intermediate, stranger):
        simulator = ApnsSimulator(certificate=files.apns_certificate, key=files.apns_key, client_ca=client_ca)
        await simulator.start()
        told_by.append(only(await looked(apple_push.check, apple_apns_host="127.0.0.1", apple_apns_port=simulator.port)))
        await simulator.stop()
    away = only(await looked(apple_push.check, apple_apns_host="127.0.0.1", apple_apns_port=9))
    real = only(await looked(apple_push.check))

    assert told_by[0][0] == "good"
    assert told_by[1][0] == "failure" and "does not let pass.test.honeyguide.membership in" in told_by[1][1]
    assert away[0] == "unchecked" and "cannot be reached from here" in away[1]
    assert real == ("unchecked", "a development certificate opens no way to Apple's push service")


async def test_styles_are_judged_as_phones_will(looked: Looked, tmp_path: Path) -> None:
    assert only(await looked(passes.check))[0] == "good"

    broken = tmp_path / "passes" / "membership.pass"
    broken.mkdir(parents=True)
    (broken / "pass.json").write_text("{}")
    level, says = told(await looked(passes.check, passes_dir=tmp_path / "passes"))[0]

    assert level == "failure"
    assert "A1" in says or "A10" in says or "membership" in says
