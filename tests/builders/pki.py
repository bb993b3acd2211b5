"""A certificate authority of a test: pass certificates for any pass type and any time, one key for all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from honeyguide.wallet.apple.signer import PASS_TYPE_EXTENSION

TEAM = "HONEYGUIDE"


@cache
def key(name: str) -> rsa.RSAPrivateKey:
    """One of each name a run: making them takes most of the time."""
    return rsa.generate_private_key(65537, 2048)


@dataclass
class Authority:
    """Its certificate stands for Apple's intermediate."""

    begins: datetime
    ends: datetime
    certificate: x509.Certificate = field(init=False)

    def __post_init__(self) -> None:
        name = _name((NameOID.COMMON_NAME, "A test's WWDR"))
        builder = x509.CertificateBuilder(name, name, key("authority").public_key(), 5, self.begins, self.ends)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        subject = x509.SubjectKeyIdentifier.from_public_key(key("authority").public_key())
        self.certificate = builder.add_extension(subject, critical=False).sign(key("authority"), hashes.SHA256())

    def write(self, path: Path) -> Path:
        path.write_bytes(self.certificate.public_bytes(Encoding.PEM))
        return path

    def issue(
        self, pass_type: str, begins: datetime, ends: datetime, *, team: str = TEAM, common_name: str = "Pass Type ID", of: str = "pass"
    ) -> x509.Certificate:
        subject = _name((NameOID.USER_ID, pass_type), (NameOID.COMMON_NAME, common_name), (NameOID.ORGANIZATIONAL_UNIT_NAME, team))
        serial = int(begins.timestamp())
        builder = x509.CertificateBuilder(self.certificate.subject, subject, key(of).public_key(), serial, begins, ends)
        marked = b"\x0c" + bytes([len(pass_type)]) + pass_type.encode()
        purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION])
        extensions = (
            x509.UnrecognizedExtension(PASS_TYPE_EXTENSION, marked),
            purposes,
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key("authority").public_key()),
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(key("authority"), hashes.SHA256())

    def write_pass(
        self, path: Path, pass_type: str, begins: datetime, ends: datetime, *, of: str = "pass", **named: str
    ) -> x509.Certificate:
        """One PEM file with certificate and key, as `openssl pkcs12 -nodes` writes it."""
        made = self.issue(pass_type, begins, ends, of=of, **named)
        path.write_bytes(made.public_bytes(Encoding.PEM) + key_pem(of))
        return made


def key_pem(of: str = "pass") -> bytes:
    return key(of).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def authority(now: datetime, *, days: int = 4000) -> Authority:
    return Authority(now - timedelta(days=1000), now + timedelta(days=days))


def _name(*attributes: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])
