"""Apple's detached signature, with the key loaded once and everything refused at start-up that phones would refuse later."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key, pkcs7, pkcs12
from cryptography.x509.oid import NameOID, ObjectIdentifier
from pydantic import SecretStr

from honeyguide.caller import Clock
from honeyguide.wallet.apple.package import Package

# Apple's mark of a pass signing certificate; its value is the pass type identifier.
PASS_TYPE_EXTENSION: Final = ObjectIdentifier("1.2.840.113635.100.6.1.16")
WWDR_G4_SERIAL: Final = 0x13DC77955271E53DC632E8CCFFE521F3CCC5CED2
_OPTIONS: Final = (pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.NoCapabilities)


class SigningRefused(ValueError):
    """The signing certificate, its key or the intermediate cannot make passes that phones accept; the message begins with the rule."""


@dataclass(frozen=True, slots=True)
class SigningFiles:
    """Where the signing material lies: PEM files, or one .p12 as certificate and key."""

    certificate: Path
    key: Path
    intermediate: Path
    password: SecretStr | None = None


@dataclass(frozen=True, slots=True)
class SigningMaterial:
    """A pass certificate, its key and its issuer, as read; what signs also pushes (N3)."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey = field(repr=False)
    intermediate: x509.Certificate


class Signer:
    """One signing identity, checked (A5-A7, A9); `expires_at` is the earlier end of certificate and intermediate (A8)."""

    def __init__(self, material: SigningMaterial, clock: Clock, threads: int) -> None:
        self.material, self._clock = material, clock
        self._certificate, self._key, self._intermediate = material.certificate, material.key, material.intermediate
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="sign")
        self.valid_from = max(self._certificate.not_valid_before_utc, self._intermediate.not_valid_before_utc)
        self.expires_at = min(self._certificate.not_valid_after_utc, self._intermediate.not_valid_after_utc)
        self.pass_type_id, self.team_id = names_of(material.certificate)
        self.fingerprint = self._certificate.fingerprint(hashes.SHA256()).hex()

    @classmethod
    def load(
        cls,
        files: SigningFiles,
        *,
        pass_type_id: str,
        team_id: str,
        clock: Clock = lambda: datetime.now(UTC),
        development: bool = False,
        threads: int = 2,
    ) -> Signer:
        """Load and check; raises SigningRefused. `development` also allows an intermediate that is not Apple's (A7)."""
        material = read_material(files)
        signer = cls.of(material, pass_type_id=pass_type_id, team_id=team_id, clock=clock, development=development, threads=threads)
        signer.check_dates()
        return signer

    @classmethod
    def of(
        cls,
        material: SigningMaterial,
        *,
        pass_type_id: str,
        team_id: str,
        clock: Clock = lambda: datetime.now(UTC),
        development: bool = False,
        threads: int = 2,
    ) -> Signer:
        """Check all but the dates, which are looked at whenever something is signed; raises SigningRefused."""
        _check_intermediate(material.intermediate, development)
        _check_names(material.certificate, pass_type_id, team_id)
        _check_key(material.certificate, material.key)
        _check_chain(material.certificate, material.intermediate)
        return cls(material, clock, threads)

    def is_valid(self, now: datetime) -> bool:
        """Whether phones accept what is signed now (A5)."""
        return self.valid_from <= now <= self.expires_at

    @property
    def with_nfc(self) -> bool:
        """Whether this certificate may sign passes with an nfc section (A21)."""
        return _subject(self._certificate, NameOID.COMMON_NAME).startswith("Pass Type ID with NFC:")

    def sign(self, manifest: bytes) -> bytes:
        """The detached CMS signature of a manifest, signed now; raises SigningRefused once the certificate has expired (A3-A5)."""
        self.check_dates()
        builder = pkcs7.PKCS7SignatureBuilder().set_data(manifest).add_signer(self._certificate, self._key, hashes.SHA256())
        # Certificates come last: set_data and add_signer return a builder that has lost those added before.
        return builder.add_certificate(self._intermediate).sign(Encoding.DER, _OPTIONS)

    async def build(self, package: Package, pass_json: bytes, form: bytes | None = None) -> bytes:
        """The finished .pkpass, made in a thread so that the event loop never waits for a signature."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(package.build, pass_json, self, form=form))

    async def sign_beside(self, content: bytes) -> bytes:
        """A detached signature of any bytes, made in such a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.sign, content)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def check_dates(self) -> None:
        """Raises SigningRefused outside of the time of certificate and intermediate (A5)."""
        now = self._clock()
        for name, certificate in (("signing certificate", self._certificate), ("intermediate", self._intermediate)):
            if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
                begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
                raise SigningRefused(f"A5: the {name} is valid from {begin:%Y-%m-%d} to {end:%Y-%m-%d}, not now")


def _check_intermediate(intermediate: x509.Certificate, development: bool) -> None:
    if intermediate.serial_number == WWDR_G4_SERIAL:
        return
    name = _subject(intermediate, NameOID.COMMON_NAME)
    if "Apple" in name or "Apple" in _subject(intermediate, NameOID.ORGANIZATION_NAME):
        generation = _subject(intermediate, NameOID.ORGANIZATIONAL_UNIT_NAME) or "unknown"
        raise SigningRefused(
            f"A7: the intermediate is {name} ({generation}, until {intermediate.not_valid_after_utc:%Y-%m-%d}); passes need WWDR G4"
        )
    if not development:
        raise SigningRefused("A7: the intermediate is not Apple's WWDR G4; a development CA works on loopback only")


def _check_names(certificate: x509.Certificate, pass_type_id: str, team_id: str) -> None:
    if (uid := _subject(certificate, NameOID.USER_ID)) != pass_type_id:
        raise SigningRefused(f"A6: the certificate's UID is {uid!r}, the pass type identifier {pass_type_id!r}")
    if (unit := _subject(certificate, NameOID.ORGANIZATIONAL_UNIT_NAME)) != team_id:
        raise SigningRefused(f"A6: the certificate's OU is {unit!r}, the team identifier {team_id!r}")
    try:
        extension = certificate.extensions.get_extension_for_oid(PASS_TYPE_EXTENSION).value
    except x509.ExtensionNotFound:
        oid = PASS_TYPE_EXTENSION.dotted_string
        raise SigningRefused(f"A6: the certificate has no extension {oid}; it is no Pass Type ID certificate") from None
    marked = extension.value if isinstance(extension, x509.UnrecognizedExtension) else b""
    # A DER string: a tag, a length of one byte, the identifier.
    if marked[2:] != pass_type_id.encode():
        raise SigningRefused(f"A6: the certificate is for the pass type {marked[2:]!r}, not {pass_type_id!r}")


def _check_key(certificate: x509.Certificate, key: rsa.RSAPrivateKey) -> None:
    if key.key_size != 2048:
        raise SigningRefused(f"A9: the key has {key.key_size} bits, passes need RSA-2048")
    if key.public_key() != certificate.public_key():
        raise SigningRefused("A6: the key does not belong to the certificate")


def _check_chain(certificate: x509.Certificate, intermediate: x509.Certificate) -> None:
    try:
        certificate.verify_directly_issued_by(intermediate)
    except (ValueError, TypeError, InvalidSignature):
        raise SigningRefused("A6: the certificate was not issued by the configured intermediate") from None


def _subject(certificate: x509.Certificate, oid: ObjectIdentifier) -> str:
    values = certificate.subject.get_attributes_for_oid(oid)
    return str(values[0].value) if values else ""


def names_of(certificate: x509.Certificate) -> tuple[str, str]:
    """The pass type identifier and the team identifier that a certificate is made out to; empty where it names none."""
    return _subject(certificate, NameOID.USER_ID), _subject(certificate, NameOID.ORGANIZATIONAL_UNIT_NAME)


def read_material(files: SigningFiles) -> SigningMaterial:
    """All three, unchecked; raises SigningRefused for what cannot be read."""
    intermediate = read_certificate(files.intermediate)
    return SigningMaterial(*read_identity(files), intermediate)


def read_identity(files: SigningFiles) -> tuple[x509.Certificate, rsa.RSAPrivateKey]:
    """The certificate and its key, which also pushes (N3); raises SigningRefused."""
    content = _read(files.key)
    certificate: x509.Certificate | None
    key: PrivateKeyTypes | None
    password = files.password.get_secret_value().encode() if files.password else None
    # No "from error": a library's message could one day quote what it was given.
    try:
        if b"-----BEGIN" in content:
            certificate, key = read_certificate(files.certificate), _checked_key(content, password)
        else:
            key, certificate, _ = pkcs12.load_key_and_certificates(content, password)
    except SigningRefused:
        raise
    except (ValueError, TypeError):
        raise SigningRefused(f"A9: {files.key.name} is no private key, or the password does not open it") from None
    if certificate is None or not isinstance(key, rsa.RSAPrivateKey):
        raise SigningRefused(f"A9: {files.key.name} holds no RSA key with its certificate")
    return certificate, key


@lru_cache(maxsize=8)
def _checked_key(pem: bytes, password: bytes | None) -> PrivateKeyTypes:
    """To find that its numbers are primes takes 20 ms of a core: once, though one key signs and pushes. Raises ValueError, TypeError."""
    return load_pem_private_key(pem, password)


def read_certificate(path: Path) -> x509.Certificate:
    """A certificate in PEM or DER; raises SigningRefused."""
    content = _read(path)
    try:
        return x509.load_pem_x509_certificate(content) if b"-----BEGIN" in content else x509.load_der_x509_certificate(content)
    except ValueError:
        raise SigningRefused(f"A6: {path.name} is no certificate") from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SigningRefused(f"A6: {path.name} cannot be read: {error.strerror}") from None
