"""Which certificates sign passes: the operator's own by settings, or a development CA that this machine makes for itself."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from honeyguide.private_files import make_private
from honeyguide.settings import Settings
from honeyguide.wallet.apple.signer import PASS_TYPE_EXTENSION, SigningFiles
from honeyguide.wallet.certificates.files import configured_files

_LIFETIME: Final = timedelta(days=365)
DEVELOPMENT: Final = "Honeyguide development"  # the organization in every certificate made here


class CertificateMissing(Exception):
    """No signing certificate is configured and none may be made up."""


@dataclass(frozen=True, slots=True)
class AppleFiles:
    """The files that Apple's side needs; `ca`, `apns_certificate` and `apns_key` exist for the development CA only."""

    signing: SigningFiles
    others: tuple[SigningFiles, ...] = ()  # beside it in its folder: successors, or predecessors
    ca: Path | None = None
    apns_certificate: Path | None = None
    apns_key: Path | None = None

    @property
    def all_signing(self) -> tuple[SigningFiles, ...]:
        return (self.signing, *self.others)


@dataclass(frozen=True, slots=True)
class _Issuer:
    certificate: x509.Certificate
    key: rsa.RSAPrivateKey


def apple_files(settings: Settings, now: datetime) -> AppleFiles:
    """The configured certificates, else in development on loopback our own; raises CertificateMissing."""
    if settings.apple_certificate and settings.apple_wwdr:
        found = configured_files(settings)
        if not found:
            raise CertificateMissing("the folder of HONEYGUIDE_APPLE_CERTIFICATE holds no certificate")
        return AppleFiles(found[0], found[1:])
    if settings.environment != "development":
        raise CertificateMissing("HONEYGUIDE_APPLE_CERTIFICATE, HONEYGUIDE_APPLE_KEY and HONEYGUIDE_APPLE_WWDR are needed to sign passes")
    if not allows_development_ca(settings):
        raise CertificateMissing(f"development certificates sign for loopback only (A7), not for {settings.url}")
    return development_certificates(settings.data_dir, settings.apple_pass_type_id, settings.apple_team_id, now)


def allows_development_ca(settings: Settings) -> bool:
    """Whether an intermediate that is not Apple's may sign: in development, for phones of this machine (A7)."""
    return settings.environment == "development" and urlsplit(settings.url).hostname in ("localhost", "127.0.0.1", "::1")


def development_certificates(data_dir: Path, pass_type_id: str, team_id: str, now: datetime) -> AppleFiles:
    """A CA of this machine's own, made once in `data_dir`/apple (0700) and made again when it expires or the names change.

    The keys of the CA are thrown away after use: nobody can sign more in its name.
    """
    folder = data_dir / "apple"
    if not _is_current(folder, pass_type_id, team_id, now):
        _replace(folder, _make(pass_type_id, team_id, now))
    signing = SigningFiles(folder / "pass.pem", folder / "pass.key", folder / "wwdr.pem")
    return AppleFiles(signing, ca=folder / "ca.pem", apns_certificate=folder / "apns.pem", apns_key=folder / "apns.key")


def _is_current(folder: Path, pass_type_id: str, team_id: str, now: datetime) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate((folder / "pass.pem").read_bytes())
    except (OSError, ValueError):
        return False
    names = {(attribute.oid, attribute.value) for attribute in certificate.subject}
    wanted = {(NameOID.USER_ID, pass_type_id), (NameOID.ORGANIZATIONAL_UNIT_NAME, team_id)}
    return wanted <= names and certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc - timedelta(days=1)


def _replace(folder: Path, files: dict[str, bytes]) -> None:
    """Write all files beside their place and move them in at once; of two processes that start together one wins."""
    make_private(folder.parent)
    draft, old = (folder.with_name(f".apple-{secrets.token_hex(4)}") for _ in range(2))
    draft.mkdir(mode=0o700)
    for name, content in files.items():
        with os.fdopen(os.open(draft / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
    try:
        if folder.exists():
            folder.rename(old)
        draft.rename(folder)
    except OSError:
        # The other process was first, its files are as good as ours.
        if not (folder / "pass.pem").exists():
            raise
        shutil.rmtree(draft)
    shutil.rmtree(old, ignore_errors=True)


def _make(pass_type_id: str, team_id: str, now: datetime) -> dict[str, bytes]:
    root = _root(now)
    intermediate = _issue(root, _name("Honeyguide development WWDR"), _key(), now, _ca_extensions(0))
    key, apns_key = _key(), _key()
    signer = _issue(intermediate, _signer_name(pass_type_id, team_id), key, now, _signer_extensions(pass_type_id))
    apns = _issue(root, _name("localhost"), apns_key, now, _server_extensions())
    return {
        "ca.pem": _pem(root.certificate),
        "wwdr.pem": _pem(intermediate.certificate),
        "pass.pem": _pem(signer.certificate),
        "pass.key": _key_pem(key),
        "apns.pem": _pem(apns.certificate),
        "apns.key": _key_pem(apns_key),
    }


def _root(now: datetime) -> _Issuer:
    key, name = _key(), _name("Honeyguide development CA")
    builder = _builder(name, name, key.public_key(), now)
    for extension, critical in _ca_extensions(1):
        builder = builder.add_extension(extension, critical)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    return _Issuer(builder.sign(key, hashes.SHA256()), key)


def _issue(
    issuer: _Issuer, subject: x509.Name, key: rsa.RSAPrivateKey, now: datetime, extensions: Sequence[tuple[x509.ExtensionType, bool]]
) -> _Issuer:
    builder = _builder(subject, issuer.certificate.subject, key.public_key(), now)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    issued_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
    builder = builder.add_extension(issued_by, critical=False)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return _Issuer(builder.sign(issuer.key, hashes.SHA256()), key)


def _builder(subject: x509.Name, issuer: x509.Name, key: rsa.RSAPublicKey, now: datetime) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    # A day back: clocks of phones and containers differ.
    return builder.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1)).not_valid_after(now + _LIFETIME)


def _signer_name(pass_type_id: str, team_id: str) -> x509.Name:
    attributes = (
        (NameOID.USER_ID, pass_type_id),
        (NameOID.COMMON_NAME, f"Pass Type ID: {pass_type_id}"[:64]),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, team_id),
        (NameOID.ORGANIZATION_NAME, DEVELOPMENT),
    )
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])


def _signer_extensions(pass_type_id: str) -> list[tuple[x509.ExtensionType, bool]]:
    marked = b"\x0c" + bytes([len(pass_type_id.encode())]) + pass_type_id.encode()
    # clientAuth alone would fail `openssl smime -verify`, which asks for a purpose of mail.
    purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION])
    return [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_key_usage(digital_signature=True), True),
        (purposes, False),
        (x509.UnrecognizedExtension(PASS_TYPE_EXTENSION, marked), False),
    ]


def _server_extensions() -> list[tuple[x509.ExtensionType, bool]]:
    hosts = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1")), x509.IPAddress(ip_address("::1"))]
    return [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_key_usage(digital_signature=True), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (x509.SubjectAlternativeName(hosts), False),
    ]


def _ca_extensions(path_length: int) -> list[tuple[x509.ExtensionType, bool]]:
    return [(x509.BasicConstraints(ca=True, path_length=path_length), True), (_key_usage(key_cert_sign=True, crl_sign=True), True)]


def _key_usage(*, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str) -> x509.Name:
    organization = x509.NameAttribute(NameOID.ORGANIZATION_NAME, DEVELOPMENT)
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name), organization])


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def _key_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
