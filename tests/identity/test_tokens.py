"""Tokens under attack: each way to make one up is tried."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from honeyguide.caller import Audience, Caller
from honeyguide.identity.keys import KeyRing, KeysMissing, KeysUnusable, SigningKey, open_key_ring, thumbprint
from honeyguide.identity.tokens import LEEWAY, TOKEN_TYPE, Refusal, TokenRefused, VerifiedToken, issue_token, verify_token

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ISSUER = "https://loyalty.example"
LIFE = timedelta(minutes=30)
PARTNER = Caller(Audience.PARTNER, UUID(int=1), str(UUID(int=2)), frozenset({"earn", "read"}), "partner-1")


def ring() -> KeyRing:
    private = Ed25519PrivateKey.generate()
    kid = thumbprint(private.public_key())
    return KeyRing(SigningKey(kid, private), {kid: private.public_key()})


RING = ring()


def token(caller: Caller = PARTNER, keys: KeyRing = RING, issuer: str = ISSUER) -> str:
    return issue_token(keys, issuer=issuer, caller=caller, now=NOW, lifetime=LIFE)


def verify(text: str, audience: Audience = Audience.PARTNER, now: datetime = NOW, keys: KeyRing = RING) -> VerifiedToken | TokenRefused:
    return verify_token(keys, text, issuer=ISSUER, audience=audience, now=now)


def forged(header: dict[str, Any] | None = None, claims: dict[str, Any] | None = None, key: Any = None) -> str:
    """A token of ours with some of its header and claims changed, signed by `key`, or by our own key; None removes a claim."""
    given = jwt.decode(token(), options={"verify_signature": False})
    changed = {name: value for name, value in {**given, **(claims or {})}.items() if value is not None}
    headers = {"kid": RING.signing.kid, "typ": TOKEN_TYPE, **(header or {})}
    return jwt.encode(changed, key or RING.signing.private, algorithm="EdDSA", headers=headers)


def part(value: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "caller",
    [
        PARTNER,
        Caller(Audience.MEMBER, UUID(int=1), str(UUID(int=3))),
        Caller(Audience.OPERATOR, UUID(int=1), "olivia", frozenset({"adjust"}), "operator-1"),
    ],
)
def test_a_token_names_its_caller_at_its_own_api_only(caller: Caller) -> None:
    mine = token(caller)

    assert verify(mine, caller.audience) == VerifiedToken(caller, NOW + LIFE)
    for other in set(Audience) - {caller.audience}:
        assert verify(mine, other) == TokenRefused(Refusal.AUDIENCE)


def test_a_token_ends_with_little_leeway_and_does_not_begin_in_the_future() -> None:
    assert isinstance(verify(token(), now=NOW + LIFE + LEEWAY - timedelta(seconds=1)), VerifiedToken)
    assert verify(token(), now=NOW + LIFE + LEEWAY) == TokenRefused(Refusal.EXPIRED)
    assert verify(token(), now=NOW - LEEWAY - timedelta(seconds=1)) == TokenRefused(Refusal.NOT_YET)


def test_a_token_without_a_signature_is_refused() -> None:
    header, payload, _ = token().split(".")
    none = part({"alg": "none", "typ": TOKEN_TYPE, "kid": RING.signing.kid})

    assert verify(f"{none}.{payload}.") == TokenRefused(Refusal.ALGORITHM)
    assert verify(f"{part({'alg': 'NoNe', 'typ': TOKEN_TYPE, 'kid': RING.signing.kid})}.{payload}.") == TokenRefused(Refusal.ALGORITHM)
    assert verify(f"{header}.{payload}.") == TokenRefused(Refusal.SIGNATURE)


def test_our_public_key_as_an_hmac_secret_signs_nothing() -> None:
    public = next(iter(RING.verifying.values())).public_bytes(Encoding.Raw, PublicFormat.Raw)
    claims = jwt.decode(token(), options={"verify_signature": False})

    confused = jwt.encode(claims, public, algorithm="HS256", headers={"kid": RING.signing.kid, "typ": TOKEN_TYPE})

    assert verify(confused) == TokenRefused(Refusal.ALGORITHM)


def test_another_algorithm_is_refused_even_when_well_signed() -> None:
    claims = jwt.decode(token(), options={"verify_signature": False})

    rsa = jwt.encode(claims, generate_private_key(65537, 2048), algorithm="RS256", headers={"kid": RING.signing.kid, "typ": TOKEN_TYPE})

    assert verify(rsa) == TokenRefused(Refusal.ALGORITHM)


def test_a_swapped_key_under_our_kid_is_refused() -> None:
    assert verify(forged(key=Ed25519PrivateKey.generate())) == TokenRefused(Refusal.SIGNATURE)


@pytest.mark.parametrize("kid", ["", "../../etc/passwd", "' OR 1=1 --", "0" * 500])
def test_a_forged_kid_finds_no_key(kid: str) -> None:
    assert verify(forged(header={"kid": kid})) == TokenRefused(Refusal.UNKNOWN_KEY)


def test_keys_and_addresses_in_the_header_are_not_looked_at() -> None:
    theirs = Ed25519PrivateKey.generate()
    jwk = {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": urlsafe_b64encode(theirs.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode(),
    }

    assert verify(
        forged(header={"jwk": jwk, "jku": "https://evil.example/jwks.json", "x5u": "https://evil.example"}, key=theirs)
    ) == TokenRefused(Refusal.SIGNATURE)


def test_another_issuer_and_another_type_of_token_are_refused() -> None:
    assert verify(token(issuer="https://evil.example")) == TokenRefused(Refusal.ISSUER)
    assert verify(forged(header={"typ": "JWT"})) == TokenRefused(Refusal.ALGORITHM)


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"aud": ["honeyguide/partner", "honeyguide/operator"]}, Refusal.AUDIENCE),
        ({"aud": None}, Refusal.CLAIMS),
        ({"exp": None}, Refusal.CLAIMS),
        ({"sub": None}, Refusal.CLAIMS),
        ({"program": None}, Refusal.CLAIMS),
        ({"sub": "no partner id"}, Refusal.CLAIMS),
        ({"program": "no program id"}, Refusal.CLAIMS),
        ({"program": 7}, Refusal.CLAIMS),
        ({"scope": ["earn"]}, Refusal.CLAIMS),
        ({"exp": "tomorrow"}, Refusal.CLAIMS),
        ({"exp": 1e300}, Refusal.CLAIMS),
        ({"exp": 10**30}, Refusal.CLAIMS),
        ({"iat": True}, Refusal.CLAIMS),
        ({"client_id": 7}, Refusal.CLAIMS),
    ],
)
def test_claims_of_a_wrong_shape_are_refused_even_when_we_signed_them(claims: dict[str, Any], reason: Refusal) -> None:
    refused = verify(forged(claims=claims))

    assert isinstance(refused, TokenRefused)
    assert refused.reason in (reason, Refusal.MALFORMED)


@pytest.mark.parametrize("change", [0, 1, 2])
def test_a_token_with_a_changed_letter_is_refused(change: int) -> None:
    parts = token().split(".")
    middle = len(parts[change]) // 2
    parts[change] = parts[change][:middle] + ("A" if parts[change][middle] != "A" else "B") + parts[change][middle + 1 :]

    assert isinstance(verify(".".join(parts)), TokenRefused)


@pytest.mark.parametrize(
    "text", ["", ".", "..", "a.b.c", "x" * 5000, "\ud800.\ud800.x", "é.é.é", f"{part({})}.{part({})}.x", "bnVsbA.bnVsbA.x"]
)
def test_what_is_no_token_is_refused(text: str) -> None:
    assert isinstance(verify(text), TokenRefused)


def test_a_longer_scope_needs_a_new_signature() -> None:
    header, _, signature = token().split(".")
    claims = jwt.decode(token(), options={"verify_signature": False})

    assert verify(f"{header}.{part({**claims, 'scope': 'earn burn enrol read'})}.{signature}") == TokenRefused(Refusal.SIGNATURE)


def test_development_makes_a_key_once_and_production_makes_none(tmp_path: Path) -> None:
    with pytest.raises(KeysMissing):
        open_key_ring(tmp_path / "none", create=False)

    first, second = open_key_ring(tmp_path / "keys", create=True), open_key_ring(tmp_path / "keys", create=True)

    assert first.signing.kid == second.signing.kid
    (file,) = (tmp_path / "keys").iterdir()
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert isinstance(verify(token(keys=first), keys=second), VerifiedToken)


def test_after_a_rotation_the_old_keys_tokens_live_on_and_the_new_key_signs(tmp_path: Path) -> None:
    before = open_key_ring(tmp_path, create=True)
    old = token(keys=before)
    new = Ed25519PrivateKey.generate()
    (tmp_path / "token-0001.pem").write_bytes(
        before.signing.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    (tmp_path / "token-0002.pem").write_bytes(new.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / "token-0002.pem").chmod(0o600)

    after = open_key_ring(tmp_path, create=False)

    assert after.signing.kid == thumbprint(new.public_key()) != before.signing.kid
    assert isinstance(verify(old, keys=after), VerifiedToken)
    assert [key["kid"] for key in after.jwks()["keys"]] == [before.signing.kid, after.signing.kid]
    assert verify(token(keys=after), keys=before) == TokenRefused(Refusal.UNKNOWN_KEY)


def test_the_published_keys_verify_our_tokens_and_hold_nothing_private() -> None:
    (published,) = jwt.PyJWKSet.from_dict(dict(RING.jwks())).keys

    assert jwt.decode(token(), published, algorithms=["EdDSA"], options={"verify_exp": False, "verify_aud": False, "verify_iat": False})[
        "sub"
    ]
    assert set(RING.jwks()["keys"][0]) == {"kty", "crv", "use", "alg", "kid", "x"}
    assert len(urlsafe_b64decode(RING.jwks()["keys"][0]["x"] + "=")) == 32


def test_a_key_that_others_may_read_or_of_another_kind_is_refused(tmp_path: Path) -> None:
    open_key_ring(tmp_path, create=True)
    (tmp_path / "token-0001.pem").chmod(0o644)
    with pytest.raises(KeysUnusable, match="others"):
        open_key_ring(tmp_path, create=False)

    rsa = generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "token-0001.pem").write_bytes(rsa)
    with pytest.raises(KeysUnusable, match="Ed25519"):
        open_key_ring(tmp_path, create=False)
