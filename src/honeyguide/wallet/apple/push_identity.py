"""Who pushes for a pass type: the certificate that signs it, or a token key of the same team (N3, N4)."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_bytes
from tempfile import TemporaryDirectory
from typing import Final

import certifi
import jwt
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.x509.oid import NameOID

from honeyguide.wallet.apple.signer import SigningFiles, SigningRefused, read_certificate, read_identity

# APNs refuses a token older than an hour, and one that is made anew within 20 minutes of the last.
RENEWED_AFTER: Final = timedelta(minutes=40)
RENEWED_AT_ONCE_AFTER: Final = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class PushIdentity:
    """The pass certificate with its key: what signs a pass type also pushes for it (N3)."""

    certificate: x509.Certificate
    key: RSAPrivateKey = field(repr=False)
    intermediates: Sequence[x509.Certificate] = ()

    @classmethod
    def load(cls, files: SigningFiles) -> PushIdentity:
        """Read the files that sign passes; raises SigningRefused."""
        certificate, key = read_identity(files)
        return cls(certificate, key, (read_certificate(files.intermediate),))

    def tls(self, ca_file: Path | None) -> ssl.SSLContext:
        """Our side of the line."""
        return client_context(self, ca_file)

    def authorization(self, now: datetime) -> str | None:
        """The certificate says it all."""
        return None

    def is_expired(self, now: datetime) -> None:
        """Nothing to make anew."""

    @property
    def topic(self) -> str:
        """The pass type identifier: the certificate's UID. Raises ValueError when it has none."""
        names = self.certificate.subject.get_attributes_for_oid(NameOID.USER_ID)
        if len(names) != 1:
            raise ValueError("the certificate has no UID, so it is no pass certificate")
        return str(names[0].value)


class TokenIdentity:
    """A key of APNs (.p8) of the pass type's own team, an option: reported to be accepted and silent for other teams' pass types (N4)."""

    def __init__(self, topic: str, team_id: str, key_id: str, key: EllipticCurvePrivateKey) -> None:
        self.topic, self._team_id, self._key_id, self._key = topic, team_id, key_id, key
        self._token = ""
        self._made: datetime | None = None

    @classmethod
    def load(cls, file: Path, *, topic: str, team_id: str, key_id: str) -> TokenIdentity:
        """Read a .p8 file once; raises SigningRefused, which never quotes it."""
        try:
            key = serialization.load_pem_private_key(file.read_bytes(), None)
        except OSError as error:
            raise SigningRefused(f"N4: {file.name} cannot be read: {error.strerror}") from None
        except (ValueError, TypeError):
            raise SigningRefused(f"N4: {file.name} is no private key without a password") from None
        if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
            raise SigningRefused(f"N4: {file.name} is no key of P-256, as Apple makes them")
        return cls(topic, team_id, key_id, key)

    def tls(self, ca_file: Path | None) -> ssl.SSLContext:
        """No certificate of ours: the token says who we are."""
        return _context(ca_file)

    def authorization(self, now: datetime) -> str:
        """`bearer` and the token, signed with the loaded key; the same one for 40 minutes."""
        if self._made is None or not timedelta(0) <= now - self._made < RENEWED_AFTER:
            claims, headers = {"iss": self._team_id, "iat": int(now.timestamp())}, {"kid": self._key_id}
            self._token, self._made = jwt.encode(claims, self._key, "ES256", headers), now
        return f"bearer {self._token}"

    def is_expired(self, now: datetime) -> None:
        """APNs takes the token for too old: another one is made, but not so soon that APNs would refuse that."""
        if self._made is not None and now - self._made >= RENEWED_AT_ONCE_AFTER:
            self._made = None


Identity = PushIdentity | TokenIdentity


def client_context(identity: PushIdentity, ca_file: Path | None) -> ssl.SSLContext:
    """TLS with the pass certificate. Python reads keys from files only: an encrypted copy exists for that moment, for us alone."""
    context = _context(ca_file)
    password = token_bytes(32).hex().encode()
    chain = [certificate.public_bytes(serialization.Encoding.PEM) for certificate in (identity.certificate, *identity.intermediates)]
    key = identity.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(password)
    )
    with TemporaryDirectory(prefix="honeyguide-") as folder:  # mode 0700
        file = Path(folder, "identity.pem")
        file.write_bytes(b"".join([*chain, key]))
        context.load_cert_chain(file, password=password)
    return context


def _context(ca_file: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(ca_file) if ca_file else certifi.where())
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["h2"])
    return context
