"""The keys that sign tokens: Ed25519 in PEM files; the newest signs, the others verify until their tokens ended."""

from __future__ import annotations

import hashlib
import os
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from honeyguide.identity.checked_jwt import KeySet, VerifyingKey
from honeyguide.private_files import make_private
from honeyguide.settings import Settings

ALGORITHM = "EdDSA"
_FIRST_KEY = "token-0001.pem"
MADE_UP = b"Made up by Honeyguide for development; `honeyguide doctor` refuses it elsewhere.\n"  # before the PEM, whose readers skip it


class KeysMissing(Exception):
    """No signing key: production makes none up."""


class KeysUnusable(Exception):
    """A file in the folder is no Ed25519 key, or others may read it."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    kid: str
    private: Ed25519PrivateKey


class KeyRing:
    """`signing` makes new tokens; `verifying`, by kid, also holds the keys that came before or come next.

    One ring serves a process from start to end: a rotation replaces what is in it, and `epoch` rises, for whoever kept a verified token.
    """

    def __init__(self, signing: SigningKey, verifying: Mapping[str, Ed25519PublicKey]) -> None:
        self.epoch = 0
        self._put(signing, verifying)

    def replace(self, other: KeyRing) -> bool:
        """Take over the other's keys; False where they are the same."""
        if (other.signing.kid, other.verifying.keys()) == (self.signing.kid, self.verifying.keys()):
            return False
        self._put(other.signing, other.verifying)
        self.epoch += 1
        return True

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The public keys as RFC 7517 and RFC 8037 write them."""
        return {
            "keys": [
                {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": ALGORITHM, "kid": kid, "x": _x(key)}
                for kid, key in self.verifying.items()
            ]
        }

    def _put(self, signing: SigningKey, verifying: Mapping[str, Ed25519PublicKey]) -> None:
        self.signing, self.verifying = signing, verifying
        self.key_set = KeySet(VerifyingKey(kid, key, frozenset({ALGORITHM})) for kid, key in verifying.items())


def open_key_ring(folder: Path, *, create: bool) -> KeyRing:
    """Read the folder's *.pem: the last private key by name signs, public keys only verify.

    With `create` (development) an empty folder gets a key. Raises KeysMissing or KeysUnusable.
    """
    if create and not any(folder.glob("*.pem")):
        _make_key(folder)
    signing: SigningKey | None = None
    verifying: dict[str, Ed25519PublicKey] = {}
    for path in sorted(folder.glob("*.pem")):
        private, public = _read(path)
        kid = thumbprint(public)
        verifying[kid] = public
        if private is not None:
            signing = SigningKey(kid, private)
    if signing is None:
        raise KeysMissing(f"no private key (*.pem, Ed25519) in {folder}: make one with `openssl genpkey -algorithm ed25519`")
    return KeyRing(signing, verifying)


def key_ring_of(settings: Settings) -> KeyRing:
    """The installation's keys; only development makes one up."""
    return open_key_ring(settings.keys_dir / "tokens", create=settings.environment == "development")


def issuer_of(settings: Settings) -> str:
    """Who signs: the public address; in development one name for all ports, so that a token made in another shell is good."""
    return settings.url if settings.environment == "production" else "urn:honeyguide:development"


def thumbprint(public: Ed25519PublicKey) -> str:
    """The kid: RFC 7638, so that the same key has the same name in every process."""
    canonical = orjson.dumps({"crv": "Ed25519", "kty": "OKP", "x": _x(public)})
    return _base64url(hashlib.sha256(canonical).digest())


def _make_key(folder: Path) -> None:
    """Two processes that start together must sign with one key: the first to link the file wins."""
    make_private(folder)
    draft = folder / f".{os.getpid()}.{secrets.token_hex(4)}"
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(MADE_UP + pem)
    try:
        os.link(draft, folder / _FIRST_KEY)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _read(path: Path) -> tuple[Ed25519PrivateKey | None, Ed25519PublicKey]:
    pem = path.read_bytes()
    try:
        key: Any = load_pem_private_key(pem, None) if b"PRIVATE KEY" in pem else load_pem_public_key(pem)
    except (ValueError, TypeError) as error:
        raise KeysUnusable(f"{path.name} is no PEM key without passphrase") from error
    if isinstance(key, Ed25519PublicKey):
        return None, key
    if not isinstance(key, Ed25519PrivateKey):
        raise KeysUnusable(f"{path.name} is no Ed25519 key")
    if path.stat().st_mode & 0o077:
        raise KeysUnusable(f"{path.name} can be read by others: chmod 600")
    return key, key.public_key()


def _x(public: Ed25519PublicKey) -> str:
    return _base64url(public.public_bytes(Encoding.Raw, PublicFormat.Raw))


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
