"""A JWT under attack, whoever made it: each trick of header, spelling and time is tried with a good signature where it can have one."""

import hmac
import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from honeyguide.identity.checked_jwt import ASYMMETRIC, KeySet, VerifyingKey, check_header, check_signature, check_times, read_jwt
from honeyguide.identity.refusal import Refusal

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
T = int(NOW.timestamp())
PRIVATE = generate_private_key(SECP256R1())
RSA = generate_rsa(65537, 2048)
KEYS = KeySet([VerifyingKey("one", PRIVATE.public_key(), frozenset({"ES256"}))])
ALLOWED, TYPES = frozenset({"ES256"}), frozenset({"jwt", "at+jwt"})
CLAIMS = {"iss": "https://idp.example", "sub": "anna", "iat": T, "exp": T + 600}


def spelled(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def signed(header: str | dict[str, Any], claims: str | dict[str, Any]) -> str:
    """A token with just these bytes in it, well signed."""
    texts = [part if isinstance(part, str) else json.dumps(part) for part in (header, claims)]
    head = ".".join(spelled(text.encode()) for text in texts)
    algorithm: Any = jwt.get_algorithm_by_name("ES256")
    return f"{head}.{spelled(algorithm.sign(head.encode(), PRIVATE))}"


def checked(text: str, keys: KeySet = KEYS, algorithms: frozenset[str] = ALLOWED, types: frozenset[str] = TYPES) -> Refusal | None:
    token = read_jwt(text, 16_384)
    if token is None:
        return Refusal.MALFORMED
    return check_header(token, algorithms=algorithms, types=types) or check_signature(token, keys)


HEADER = {"alg": "ES256", "kid": "one", "typ": "JWT"}


@pytest.mark.parametrize("kind", ["JWT", "jwt", "at+jwt", "application/at+jwt", "AT+JWT"])
def test_a_good_token_of_an_allowed_type_is_taken(kind: str) -> None:
    assert checked(signed({**HEADER, "typ": kind}, CLAIMS)) is None


def test_a_token_that_does_not_say_its_type_is_a_jwt() -> None:
    assert checked(signed({"alg": "ES256", "kid": "one"}, CLAIMS)) is None
    assert checked(signed({"alg": "ES256", "kid": "one"}, CLAIMS), types=frozenset({"at+jwt"})) is Refusal.ALGORITHM


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"typ": "dpop+jwt"}, Refusal.ALGORITHM),
        ({"typ": 7}, Refusal.ALGORITHM),
        ({"alg": "none"}, Refusal.ALGORITHM),
        ({"alg": "HS256"}, Refusal.ALGORITHM),
        ({"alg": "ES384"}, Refusal.ALGORITHM),
        ({"alg": ["ES256"]}, Refusal.ALGORITHM),
        ({"alg": None}, Refusal.ALGORITHM),
        ({"crit": ["exp"], "exp": 1}, Refusal.MALFORMED),
        ({"crit": []}, Refusal.MALFORMED),
        ({"b64": False, "crit": ["b64"]}, Refusal.MALFORMED),
        ({"b64": True}, Refusal.MALFORMED),
        ({"kid": 1}, Refusal.MALFORMED),
        ({"kid": "k" * 2000}, Refusal.MALFORMED),
        ({"kid": "../../../dev/null"}, Refusal.UNKNOWN_KEY),
        ({"kid": "one\x00"}, Refusal.UNKNOWN_KEY),
        ({"kid": "ONE"}, Refusal.UNKNOWN_KEY),
    ],
)
def test_a_header_may_choose_an_allowed_algorithm_and_a_known_key_and_nothing_else(more: dict[str, Any], reason: Refusal) -> None:
    assert checked(signed({**HEADER, **more}, CLAIMS)) is reason


def test_an_algorithm_is_never_allowed_by_a_mistake_of_who_allows() -> None:
    secret = PRIVATE.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    head = ".".join(spelled(json.dumps(part).encode()) for part in ({**HEADER, "alg": "HS256"}, CLAIMS))
    confused = f"{head}.{spelled(hmac.digest(secret, head.encode(), 'sha256'))}"

    assert checked(confused, algorithms=frozenset({"HS256", "none"})) is Refusal.ALGORITHM
    assert not {"none", "HS256", "HS384", "HS512"} & ASYMMETRIC


def test_a_key_serves_only_the_algorithms_of_its_kind() -> None:
    keys = KeySet(
        [VerifyingKey("one", RSA.public_key(), frozenset({"RS256"})), VerifyingKey("two", PRIVATE.public_key(), frozenset({"ES256"}))]
    )
    both = frozenset({"RS256", "ES256", "PS256"})

    assert checked(signed({**HEADER, "kid": "one"}, CLAIMS), keys, both) is Refusal.UNKNOWN_KEY
    assert checked(signed({**HEADER, "kid": "two"}, CLAIMS), keys, both) is None
    assert checked(jwt.encode(CLAIMS, RSA, algorithm="PS256", headers={"kid": "one"}), keys, both) is Refusal.UNKNOWN_KEY


def test_without_a_key_name_the_only_key_for_the_algorithm_is_meant() -> None:
    nameless = signed({"alg": "ES256"}, CLAIMS)
    other = VerifyingKey("two", generate_private_key(SECP256R1()).public_key(), frozenset({"ES256"}))

    assert checked(nameless) is None
    assert checked(nameless, KeySet([*KEYS.keys, other])) is Refusal.UNKNOWN_KEY


@pytest.mark.parametrize(
    "claims",
    [
        '{"sub":"anna","sub":"bert"}',
        '{"sub":"anna","nested":{"a":1,"a":2}}',
        '{"exp":NaN}',
        '{"exp":Infinity}',
        '{"exp":-Infinity}',
        "[]",
        "null",
        '"anna"',
        "",
        '{"a":' * 3000 + "1" + "}" * 3000,
        "[" * 9000,
        '{"exp":' + "9" * 5000 + "}",
        '{"sub":"\ud800"}'.encode("utf-8", "surrogatepass").decode("latin-1"),
    ],
)
def test_claims_that_two_readers_could_read_in_two_ways_are_no_claims(claims: str) -> None:
    token = read_jwt(signed(HEADER, claims), 100_000)

    assert token is None or "sub" not in token.claims or token.claims["sub"] != "anna"


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token + "=",
        lambda token: token + ".",
        lambda token: token.replace(".", "..", 1),
        lambda token: " " + token,
        lambda token: token + "\n",
        lambda token: token.replace("-", "+").replace("_", "/") + "+",
        lambda token: token + "x" * 20_000,
        lambda token: token + "é",
        lambda token: token.rsplit(".", 1)[0],
    ],
)
def test_a_token_has_one_spelling(change: Any) -> None:
    assert read_jwt(change(signed(HEADER, CLAIMS)), 16_384) is None


def test_a_changed_claim_needs_a_new_signature() -> None:
    head, _, tail = signed(HEADER, CLAIMS).split(".")

    assert checked(f"{head}.{spelled(json.dumps({**CLAIMS, 'sub': 'bert'}).encode())}.{tail}") is Refusal.SIGNATURE
    assert checked(f"{head}.{spelled(json.dumps(CLAIMS).encode())}.") is Refusal.SIGNATURE


LEEWAY = timedelta(seconds=60)


@pytest.mark.parametrize(
    ("claims", "answer"),
    [
        ({"iat": T, "exp": T + 600}, NOW + timedelta(minutes=10)),
        ({"iat": T - 700, "exp": T - 59}, NOW - timedelta(seconds=59)),
        ({"iat": T - 700, "exp": T - 60}, Refusal.EXPIRED),
        ({"iat": T + 60, "exp": T + 600}, NOW + timedelta(minutes=10)),
        ({"iat": T + 61, "exp": T + 600}, Refusal.NOT_YET),
        ({"iat": T, "nbf": T + 61, "exp": T + 600}, Refusal.NOT_YET),
        ({"iat": T, "exp": 221_845_392_000}, NOW + timedelta(hours=1)),  # the year 9000, cut by the longest life
        ({"iat": T, "exp": 253_402_300_799}, Refusal.CLAIMS),  # 9999-12-31: nothing could be added to it
        ({"iat": T, "exp": 10**18}, Refusal.CLAIMS),
        ({"iat": T - 4000, "exp": T + 600}, Refusal.EXPIRED),
        ({"iat": T, "exp": T + 600.5}, Refusal.CLAIMS),
        ({"iat": T, "exp": str(T + 600)}, Refusal.CLAIMS),
        ({"iat": T, "exp": True}, Refusal.CLAIMS),
        ({"iat": -(10**12), "exp": T + 600}, Refusal.CLAIMS),
        ({"iat": T, "nbf": None, "exp": T + 600}, Refusal.CLAIMS),
        ({"exp": T + 600}, Refusal.CLAIMS),
        ({"iat": T}, Refusal.CLAIMS),
    ],
)
def test_a_token_ends_by_its_own_word_and_never_later_than_ours(claims: dict[str, Any], answer: object) -> None:
    assert check_times(claims, NOW, LEEWAY, timedelta(hours=1)) == answer
