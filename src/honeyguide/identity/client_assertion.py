"""private_key_jwt: a client proves itself by a short JWT that its own key signed (RFC 7523, 2.2 and 3; OpenID Connect Core, 9); pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from honeyguide.identity.checked_jwt import (
    ASYMMETRIC,
    KeySet,
    UnverifiedJwt,
    audiences,
    check_header,
    check_signature,
    check_times,
    read_jwt,
)
from honeyguide.identity.providers.jwks import ProviderUnusable, read_jwks
from honeyguide.identity.refusal import Refusal

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_ASSERTION = 4_096
LONGEST_JWK = 4_096  # bytes; an RSA key of 8,192 bits has some 1,500
LONGEST_LIFE = timedelta(minutes=5)  # after `iat`, whatever `exp` says: so long its jti is kept
LEEWAY = timedelta(seconds=30)  # between the client's clock and ours

_LONGEST_JTI = 255
_TYPES = frozenset({"jwt", "client-authentication+jwt"})


@dataclass(frozen=True, slots=True)
class ClientAssertion:
    """Unverified: `client_id` is whose key has to have signed it."""

    client_id: str
    token: UnverifiedJwt


@dataclass(frozen=True, slots=True)
class GoodAssertion:
    """`nonce` may be taken once until `ends_at`."""

    nonce: bytes
    ends_at: datetime


def read_assertion(text: str) -> ClientAssertion | None:
    """Issuer and subject are the client itself; None for anything else."""
    token = read_jwt(text, LONGEST_ASSERTION)
    if token is None:
        return None
    subject = token.claims.get("sub")
    if not isinstance(subject, str) or token.claims.get("iss") != subject or not subject.isprintable():
        return None
    return ClientAssertion(subject, token)


def check_assertion(assertion: ClientAssertion, jwk: Mapping[str, Any], ours: frozenset[str], now: datetime) -> GoodAssertion | Refusal:
    """`ours`: the names of this server that an audience may be; exactly one of them, so that no other server's assertion serves here."""
    token, keys = assertion.token, _key_set(jwk)
    refusal = check_header(token, algorithms=ASYMMETRIC, types=_TYPES)
    # A client has one key: whatever it calls it.
    refusal = refusal or check_signature(UnverifiedJwt({**token.header, "kid": None}, *_rest(token)), keys)
    if refusal is not None:
        return refusal
    named = audiences(token.claims)
    if named is None or len(named) != 1 or named[0] not in ours:
        return Refusal.AUDIENCE
    ends_at = check_times(token.claims, now, LEEWAY, LONGEST_LIFE)
    if isinstance(ends_at, Refusal):
        return ends_at
    jti = token.claims.get("jti")
    if not isinstance(jti, str) or not 1 <= len(jti) <= _LONGEST_JTI or not jti.isprintable():  # a lone surrogate has no bytes
        return Refusal.CLAIMS
    return GoodAssertion(hashlib.sha256(orjson.dumps([assertion.client_id, jti])).digest(), ends_at + LEEWAY)


def read_public_key(text: str) -> Mapping[str, Any] | None:
    """A JWK that may prove a client, without its name and uses; None for a private, symmetric, weak or other key."""
    if len(text) > LONGEST_JWK:
        return None
    try:
        jwk = orjson.loads(text)
        read_jwks(orjson.dumps({"keys": [jwk]}))
    except (orjson.JSONDecodeError, ProviderUnusable):
        return None
    return {name: jwk[name] for name in ("kty", "crv", "x", "y", "n", "e", "alg") if name in jwk}


def _key_set(jwk: Mapping[str, Any]) -> KeySet:
    return read_jwks(orjson.dumps({"keys": [jwk]}))


def _rest(token: UnverifiedJwt) -> tuple[Mapping[str, Any], bytes, bytes]:
    return token.claims, token.signing_input, token.signature
