"""What a provider publishes, good and bad."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256K1, SECP256R1, SECP384R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from honeyguide.identity.providers.jwks import LARGEST_DOCUMENT, MOST_KEYS, ProviderUnusable, read_jwks

RSA = generate_private_key(65537, 2048)
GOOD = {"kid": "good", "use": "sig", **RSAAlgorithm.to_jwk(RSA.public_key(), as_dict=True)}
GOOD.pop("key_ops")
OTHER = {**RSAAlgorithm.to_jwk(generate_private_key(65537, 2048).public_key(), as_dict=True), "kid": "good"}
WEAK = {**RSAAlgorithm.to_jwk(generate_private_key(65537, 1024).public_key(), as_dict=True), "kid": "weak"}


def published(*keys: Any) -> bytes:
    return json.dumps({"keys": keys}).encode()


def names(body: bytes) -> list[str | None]:
    return [key.kid for key in read_jwks(body).keys]


def test_keys_of_all_kinds_serve_their_own_algorithms() -> None:
    keys = read_jwks(
        published(
            GOOD,
            {**GOOD, "kid": "pinned", "alg": "PS256"},
            {**ECAlgorithm.to_jwk(generate_ec(SECP256R1()).public_key(), as_dict=True), "kid": "p256"},
            {**ECAlgorithm.to_jwk(generate_ec(SECP384R1()).public_key(), as_dict=True), "kid": "p384"},
            {**OKPAlgorithm.to_jwk(Ed25519PrivateKey.generate().public_key(), as_dict=True), "kid": "ed"},
        )
    )

    found = {key.kid: key.algorithms for key in keys.keys}
    assert found == {
        "good": {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"},
        "pinned": {"PS256"},
        "p256": {"ES256"},
        "p384": {"ES384"},
        "ed": {"EdDSA"},
    }


@pytest.mark.parametrize(
    "bad",
    [
        WEAK,
        RSAAlgorithm.to_jwk(RSA, as_dict=True),  # private
        {**GOOD, "kid": "half", "d": "AQAB"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "hmac"},
        {"kty": "oct", "kid": "hmac"},
        {**GOOD, "kid": "enc", "use": "enc"},
        {**GOOD, "kid": "ops", "key_ops": ["encrypt"]},
        {**GOOD, "kid": "alg", "alg": "HS256"},
        {**GOOD, "kid": "alg", "alg": "none"},
        {**GOOD, "kid": "alg", "alg": ["RS256"]},
        {**GOOD, "kid": 7},
        {**GOOD, "kid": "n", "n": 7},
        {**GOOD, "kid": "n", "n": "!"},
        {**GOOD, "kid": "e", "e": "AQ"},
        {**GOOD, "kid": "huge", "n": "x" * 10_000},
        {**GOOD, "kid": "slow", "e": "x" * 100},
        {**ECAlgorithm.to_jwk(generate_ec(SECP256K1()).public_key(), as_dict=True), "kid": "k1"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "off the curve"},
        {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43, "kid": "off the curve"},
        {"kty": "OKP", "crv": "X25519", "x": "A" * 43, "kid": "agreement"},
        {"kid": "nothing"},
        "text",
        None,
        ["RSA"],
    ],
)
def test_a_key_that_is_not_fit_is_left_out_and_the_others_stay(bad: Any) -> None:
    assert names(published(bad, GOOD)) == ["good"]


def test_of_two_keys_under_one_name_neither_is_meant_and_the_same_twice_is_one() -> None:
    assert names(published(GOOD, OTHER, {**GOOD, "kid": "third"})) == ["third"]
    assert names(published(GOOD, GOOD)) == ["good"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"keys":{}}',
        b'{"keys":[]}',
        published(WEAK),
        published(GOOD, OTHER),
        published(*[{**GOOD, "kid": str(n)} for n in range(MOST_KEYS + 1)]),
        published(GOOD) + b" " * LARGEST_DOCUMENT,
        b"[" * 100_000,
        b'{"keys":' * 10_000,
        b"\xff\xfe",
    ],
)
def test_what_is_no_set_of_keys_is_refused_whole(body: bytes) -> None:
    with pytest.raises(ProviderUnusable):
        read_jwks(body)
