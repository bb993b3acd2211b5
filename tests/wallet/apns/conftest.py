"""An APNs simulator, a development CA and pass certificates made for the test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from honeyguide.egress import Egress
from honeyguide.testing.apns import ApnsSimulator
from honeyguide.testing.tls import server_certificate
from honeyguide.wallet.apple.push import ApnsClient, ApnsEndpoint, PushIdentity

TOPIC = "pass.test.membership"


@dataclass(frozen=True)
class Authority:
    """A development CA; `file` is its certificate."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey
    file: Path

    def identity(self, topic: str | None = TOPIC) -> PushIdentity:
        key = rsa.generate_private_key(65537, 2048)
        names = [x509.NameAttribute(NameOID.COMMON_NAME, f"Pass Type ID: {topic}")]
        if topic is not None:
            names.append(x509.NameAttribute(NameOID.USER_ID, topic))
        return PushIdentity(_certificate(x509.Name(names), key.public_key(), self.certificate.subject, self.key, ca=False), key)


def make_authority(file: Path) -> Authority:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Test CA {file.stem}")])
    certificate = _certificate(name, key.public_key(), name, key, ca=True)
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return Authority(certificate, key, file)


def _certificate(subject: x509.Name, public: rsa.RSAPublicKey, issuer: x509.Name, key: rsa.RSAPrivateKey, *, ca: bool) -> x509.Certificate:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("ca") / "ca.pem")


@pytest.fixture(scope="session")
def identity(authority: Authority) -> PushIdentity:
    return authority.identity()


@pytest.fixture(scope="session")
def tls_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return server_certificate(tmp_path_factory.mktemp("tls"))


@pytest_asyncio.fixture
async def apns(authority: Authority, tls_files: tuple[Path, Path]) -> AsyncIterator[ApnsSimulator]:
    simulator = ApnsSimulator(certificate=tls_files[0], key=tls_files[1], client_ca=authority.file)
    await simulator.start()
    yield simulator
    await simulator.stop()


@pytest.fixture
def client_of(tls_files: tuple[Path, Path], identity: PushIdentity, egress: Egress) -> Callable[..., ApnsClient]:
    """A client of that simulator holding the test's pass certificate."""

    def make(simulator: ApnsSimulator, identity: PushIdentity = identity, **endpoint: float) -> ApnsClient:
        client = ApnsClient(ApnsEndpoint("127.0.0.1", simulator.port, tls_files[0], **endpoint), egress)  # type: ignore[arg-type]
        client.use(identity)
        return client

    return make
