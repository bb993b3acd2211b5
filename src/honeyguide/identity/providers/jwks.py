"""What a provider publishes becomes keys, as far as they are fit to be trusted; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jwt
import orjson
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from honeyguide.identity.checked_jwt import ALGORITHMS_OF, KeySet, VerifyingKey

LARGEST_DOCUMENT = 256 * 1024  # bytes; large companies publish some 10 KB
MOST_KEYS = 100
_RSA_BITS = range(2048, 8193)  # below it can be broken, above it costs us more than it gives
_LARGEST_EXPONENT_BYTES = 4

_SECRET_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class ProviderUnusable(Exception):
    """The provider is down or answers what cannot be right; `args` is one of our own words, never its text."""


def read_document(body: bytes) -> Mapping[str, Any]:
    """A JSON object within bounds; raises ProviderUnusable."""
    if len(body) > LARGEST_DOCUMENT:
        raise ProviderUnusable("too large")
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise ProviderUnusable("no JSON") from None
    if not isinstance(document, dict):
        raise ProviderUnusable("no object")
    return document


def read_jwks(body: bytes) -> KeySet:
    """The fit keys of a set; raises ProviderUnusable where there is none."""
    listed = read_document(body).get("keys")
    if not isinstance(listed, list) or len(listed) > MOST_KEYS:
        raise ProviderUnusable("no list of keys")
    keys = _unambiguous([key for key in map(_fit_key, listed) if key is not None])
    if not keys:
        raise ProviderUnusable("no usable key")
    return KeySet(keys)


def _unambiguous(keys: Sequence[VerifyingKey]) -> list[VerifyingKey]:
    """The same key may stand there twice; of two keys under one name neither is the one that is meant."""
    named: dict[str, list[VerifyingKey]] = {}
    for key in keys:
        if key.kid is not None:
            named.setdefault(key.kid, []).append(key)
    single = [same[0] for same in named.values() if all(other.public == same[0].public for other in same)]
    return single + [key for key in keys if key.kid is None]


def _fit_key(jwk: object) -> VerifyingKey | None:
    """None for what is no public signing key of a kind and strength that we take; the others of the set stay usable."""
    if not isinstance(jwk, dict) or not all(isinstance(name, str) for name in jwk):
        return None
    # A private key that is published is everybody's; a symmetric one would let who verifies sign.
    if _SECRET_MEMBERS & jwk.keys() or jwk.get("use", "sig") != "sig" or not _may_verify(jwk.get("key_ops")):
        return None
    kid, algorithm = jwk.get("kid"), jwk.get("alg")
    if kid is not None and not isinstance(kid, str):
        return None
    kind, public = _public_key(jwk)
    algorithms = ALGORITHMS_OF.get(kind, frozenset())
    if algorithm is not None:
        algorithms &= {algorithm} if isinstance(algorithm, str) else set()
    return VerifyingKey(kid, public, algorithms) if algorithms else None


def _may_verify(operations: object) -> bool:
    return operations is None or (isinstance(operations, list) and "verify" in operations)


def _public_key(jwk: Mapping[str, Any]) -> tuple[str, Any]:
    """Which kind, and the key; ("", None) for any other."""
    given = {name: value for name, value in jwk.items() if name in ("kty", "n", "e", "crv", "x", "y")}
    if not all(isinstance(value, str) for value in given.values()):
        return "", None
    try:
        match given.get("kty"), given.get("crv"):
            case "RSA", None:
                return _rsa(given)
            case "EC", ("P-256" | "P-384" | "P-521") as curve:
                return curve, ECAlgorithm.from_jwk(given)
            case "OKP", "Ed25519":
                return "Ed25519", OKPAlgorithm.from_jwk(given)
            case _:
                return "", None
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return "", None


def _rsa(given: dict[str, Any]) -> tuple[str, Any]:
    if len(given["e"]) > _LARGEST_EXPONENT_BYTES * 2 or len(given["n"]) > _RSA_BITS.stop // 6 + 4:
        return "", None
    public: Any = RSAAlgorithm.from_jwk(given)
    return ("RSA", public) if public.key_size in _RSA_BITS else ("", None)
