"""A JWT is read to the letter and checked against a set of keys, with an allow-list of algorithms; pure."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from honeyguide.identity.refusal import Refusal

# What a key of each kind can verify. No HMAC and no `none`: who may verify must not be able to sign.
ALGORITHMS_OF: Mapping[str, frozenset[str]] = {
    "RSA": frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}),
    "P-256": frozenset({"ES256"}),
    "P-384": frozenset({"ES384"}),
    "P-521": frozenset({"ES512"}),
    "Ed25519": frozenset({"EdDSA"}),
}
ASYMMETRIC = frozenset[str]().union(*ALGORITHMS_OF.values())

_LONGEST_KID = 1024
_PART = re.compile(r"[A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """`public` is a key of the cryptography library; `algorithms`: the only ones it is used with."""

    kid: str | None
    public: Any
    algorithms: frozenset[str]


class KeySet:
    """Public keys by their names."""

    def __init__(self, keys: Iterable[VerifyingKey]) -> None:
        self.keys = tuple(keys)
        self._named = {key.kid: key for key in self.keys if key.kid is not None}

    def find(self, kid: str | None, algorithm: str) -> VerifyingKey | None:
        """The key of that name, if it is one for the algorithm; without a name the only key for it, if there is only one."""
        if kid is not None:
            named = self._named.get(kid)
            return named if named is not None and algorithm in named.algorithms else None
        fitting = [key for key in self.keys if algorithm in key.algorithms]
        return fitting[0] if len(fitting) == 1 else None


@dataclass(frozen=True, slots=True)
class UnverifiedJwt:
    """What a token says of itself: nothing of it is true before `check_signature`."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signing_input: bytes
    signature: bytes

    @property
    def kid(self) -> str | None:
        return self.header.get("kid")

    @property
    def issuer(self) -> str | None:
        issuer = self.claims.get("iss")
        return issuer if isinstance(issuer, str) else None


def read_jwt(text: str, longest: int) -> UnverifiedJwt | None:
    """Three parts in the one spelling that base64url has, JSON objects without doubled names, NaN or infinity; else None."""
    if len(text) > longest or not text.isascii():
        return None
    parts = text.split(".")
    if len(parts) != 3:
        return None
    try:
        header, claims, signature = (_decoded(part) for part in parts)
        return UnverifiedJwt(_object(header), _object(claims), f"{parts[0]}.{parts[1]}".encode(), signature)
    except (ValueError, RecursionError):
        return None


def check_header(token: UnverifiedJwt, *, algorithms: frozenset[str], types: frozenset[str]) -> Refusal | None:
    """The header may choose an allowed algorithm and one of our keys, and nothing else: jku, jwk and x5u are never looked at.

    `types` in lower case; "jwt" is also a token that does not say (RFC 7519, 5.1). An extension that must be understood is not
    (RFC 7515, 4.1.11), and `b64` would change what is signed (RFC 7797).
    """
    if "crit" in token.header or "b64" in token.header:
        return Refusal.MALFORMED
    kid = token.header.get("kid")
    if kid is not None and not (isinstance(kid, str) and len(kid) <= _LONGEST_KID):
        return Refusal.MALFORMED
    algorithm, kind = token.header.get("alg"), token.header.get("typ", "JWT")
    if not isinstance(algorithm, str) or algorithm not in algorithms & ASYMMETRIC:
        return Refusal.ALGORITHM
    if not isinstance(kind, str) or kind.lower().removeprefix("application/") not in types:
        return Refusal.ALGORITHM
    return None


def check_signature(token: UnverifiedJwt, keys: KeySet) -> Refusal | None:
    """None where one of the keys signed it; after `check_header`, which has looked at the algorithm."""
    algorithm = token.header["alg"]
    key = keys.find(token.kid, algorithm)
    if key is None:
        return Refusal.UNKNOWN_KEY
    good = jwt.get_algorithm_by_name(algorithm).verify(token.signing_input, key.public, token.signature)
    return None if good else Refusal.SIGNATURE


def check_times(claims: Mapping[str, Any], now: datetime, leeway: timedelta, longest: timedelta | None = None) -> datetime | Refusal:
    """When the token ends, without the leeway: by `exp`, and at most `longest` after `iat`, whatever `exp` says."""
    try:
        issued_at, expires_at = moment(claims["iat"]), moment(claims["exp"])
        begins_at = moment(claims["nbf"]) if "nbf" in claims else issued_at
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return Refusal.CLAIMS
    if longest is not None:
        expires_at = min(expires_at, issued_at + longest)
    if expires_at + leeway <= now:
        return Refusal.EXPIRED
    if max(issued_at, begins_at) - leeway > now:
        return Refusal.NOT_YET
    return expires_at


def audiences(claims: Mapping[str, Any], most: int = 20) -> Sequence[str] | None:
    """For whom the token is; None where `aud` is neither a name nor a short list of names."""
    named = claims.get("aud")
    if isinstance(named, str):
        return [named]
    if isinstance(named, list) and 0 < len(named) <= most and all(isinstance(one, str) for one in named):
        return named
    return None


def moment(seconds: object) -> datetime:
    """Raises TypeError, ValueError or OverflowError."""
    if not isinstance(seconds, int) or isinstance(seconds, bool):
        raise TypeError("a NumericDate is an integer here")
    at = datetime.fromtimestamp(seconds, UTC)
    if not 1970 <= at.year < 9990:  # so that leeways can be added
        raise ValueError("no time of this world")
    return at


def _decoded(part: str) -> bytes:
    if not _PART.fullmatch(part) or len(part) % 4 == 1:
        raise ValueError("no base64url")
    raw = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if urlsafe_b64encode(raw).rstrip(b"=").decode() != part:
        raise ValueError("another spelling of the same bytes")
    return raw


def _object(raw: bytes) -> dict[str, Any]:
    value = json.loads(raw.decode("utf-8"), object_pairs_hook=_without_doubles, parse_constant=_no_constant)
    if not isinstance(value, dict):
        raise ValueError("no object")
    return value


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Of a doubled name one reader takes the first and another the last (RFC 8725, 2.4).
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a name stands twice")
    return read


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")
