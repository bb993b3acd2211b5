"""Thousands of tokens that were changed somewhere: none is taken, and none does harm."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from honeyguide.identity.checked_jwt import (
    ASYMMETRIC,
    KeySet,
    UnverifiedJwt,
    VerifyingKey,
    check_header,
    check_signature,
    check_times,
    read_jwt,
)
from honeyguide.identity.refusal import Refusal

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PRIVATE = Ed25519PrivateKey.generate()
KEYS = KeySet([VerifyingKey("one", PRIVATE.public_key(), frozenset({"EdDSA"}))])
T = int(NOW.timestamp())
GOOD = jwt.encode({"iss": "https://idp.example", "sub": "anna", "aud": "app", "iat": T, "exp": T + 600}, PRIVATE, "EdDSA", {"kid": "one"})
ODD: list[Any] = [
    None,
    True,
    -1,
    0,
    1.5,
    10**400,
    "",
    "\x00",
    "🦜",
    "../..",
    [],
    {},
    [[]],
    {"a": {}},
    "none",
    "HS256",
    ["EdDSA"],
    "A" * 2000,
]


def taken(text: str) -> UnverifiedJwt | Refusal | None:
    token = read_jwt(text, 16_384)
    if token is None:
        return None
    refusal = check_header(token, algorithms=ASYMMETRIC, types=frozenset({"jwt", "at+jwt"})) or check_signature(token, KEYS)
    ends_at = check_times(token.claims, NOW, timedelta(seconds=60), timedelta(hours=12))
    return refusal or (ends_at if isinstance(ends_at, Refusal) else token)


def changed(random: Random) -> str:
    """Letters, parts, header or claims of the good token are others now; the signature is the good one, or none."""
    parts = GOOD.split(".")
    match random.randrange(5):
        case 0:  # letters
            letters = list(GOOD)
            for _ in range(random.randint(1, 4)):
                letters[random.randrange(len(letters))] = random.choice("AZaz09-_.=+/ \n\x00é")
            return "".join(letters)
        case 1:  # cut and glue
            return random.choice(["", ".", " "]).join(random.choices([*parts, "", "e30"], k=random.randint(1, 6)))
        case 2:  # bytes that are no JSON
            parts[random.randrange(2)] = spelled(random.randbytes(random.randint(0, 200)))
        case 3:  # another claim
            parts[1] = spelled(json.dumps({random.choice(["sub", "exp", "iat", "nbf", "aud", "iss"]): random.choice(ODD)}).encode())
        case _:  # another header, sometimes without a signature
            header = {"alg": "EdDSA", "kid": "one", random.choice(["alg", "kid", "typ", "crit", "b64", "jwk", "zip"]): random.choice(ODD)}
            parts[0] = spelled(json.dumps(header).encode())
            parts[2] = random.choice([parts[2], ""])
    return ".".join(parts)


def spelled(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_ten_thousand_changed_tokens_are_refused_and_the_good_one_is_taken() -> None:
    assert isinstance(taken(GOOD), UnverifiedJwt)
    random = Random(20261122)

    for _ in range(10_000):
        text = changed(random)
        found = taken(text)
        assert text == GOOD or found is None or isinstance(found, Refusal), text


def test_odd_claims_that_were_well_signed_never_raise() -> None:
    for name in ("iat", "exp", "nbf"):
        for odd in [one for one in ODD if one != 0]:
            text = jwt.encode({"iat": T, "exp": T + 600, name: odd}, PRIVATE, "EdDSA", {"kid": "one"})
            assert taken(text) in (Refusal.CLAIMS, None)
