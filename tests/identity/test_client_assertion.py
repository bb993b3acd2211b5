"""private_key_jwt at /oauth/token: only the client's own key, for us, now, once (RFC 7523)."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from starlette.applications import Starlette

from honeyguide.caller import Audience
from honeyguide.database import Database
from honeyguide.identity.client_assertion import ASSERTION_TYPE, read_public_key
from honeyguide.identity.credentials import CredentialMaker, CredentialWish, SecretHasher
from honeyguide.identity.keys import open_key_ring
from honeyguide.identity.oauth import Signer
from honeyguide.identity.routes import routes
from honeyguide.identity.store import forget_nonces, revoke_credential

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ISSUER, TOKEN_URL = "https://loyalty.example", "https://loyalty.example/oauth/token"
PROGRAM, PARTNER = UUID(int=1), UUID(int=2)
SCOPES = frozenset({"earn", "burn"})
KEYS: dict[str, tuple[Callable[[], Any], Any]] = {
    "ES256": (lambda: ec.generate_private_key(ec.SECP256R1()), ECAlgorithm),
    "RS256": (lambda: rsa.generate_private_key(65537, 2048), RSAAlgorithm),
    "PS256": (lambda: rsa.generate_private_key(65537, 2048), RSAAlgorithm),
    "EdDSA": (ed25519.Ed25519PrivateKey.generate, OKPAlgorithm),
}


@dataclass
class Client:
    http: httpx.AsyncClient
    database: Database
    maker: CredentialMaker
    client_id: str = ""
    algorithm: str = ""
    private: Any = None
    clock: list[datetime] = field(default_factory=lambda: [NOW])

    async def begin(self, algorithm: str = "ES256") -> "Client":
        generate, format_ = KEYS[algorithm]
        self.private, self.algorithm = generate(), algorithm
        jwk = read_public_key(format_.to_jwk(self.private.public_key()))
        assert jwk is not None
        draft = await self.maker.draft(CredentialWish(PROGRAM, Audience.PARTNER, str(PARTNER), SCOPES, "till", public_key=jwk))
        async with self.database.transaction() as connection:
            await draft.store(connection, NOW)
        assert draft.client_secret is None
        self.client_id = draft.client_id
        return self

    def claims(self, **more: Any) -> dict[str, Any]:
        at = int(self.clock[0].timestamp())
        own = {"iss": self.client_id, "sub": self.client_id, "aud": TOKEN_URL, "iat": at, "exp": at + 60, "jti": uuid4().hex}
        return {name: value for name, value in {**own, **more}.items() if value is not None}

    def signed(self, headers: dict[str, Any] | None = None, key: Any = None, algorithm: str | None = None, **more: Any) -> str:
        return jwt.encode(self.claims(**more), key or self.private, algorithm=algorithm or self.algorithm, headers=headers)

    async def ask(self, assertion: str, **more: str) -> httpx.Response:
        form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion, **more}
        return await self.http.post("/oauth/token", data={name: value for name, value in form.items() if value})


@pytest.fixture
async def client(database: Database, tmp_path: Path) -> AsyncIterator[Client]:
    hasher, clock, seconds = SecretHasher(threads=1), [NOW], iter(range(0, 10**9, 1_000))
    signer = Signer(open_key_ring(tmp_path, create=True), ISSUER, TOKEN_URL)
    # Minutes pass between two requests, as far as the limit of an address is concerned.
    app = Starlette(
        routes=routes(database=database, signer=signer, hasher=hasher, clock=lambda: clock[0], monotonic=lambda: float(next(seconds)))
    )
    transport = httpx.ASGITransport(app, client=("192.0.2.7", 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        yield Client(http, database, CredentialMaker(b"secret key", hasher), clock=clock)
    hasher.close()


@pytest.mark.parametrize("algorithm", sorted(KEYS))
async def test_a_client_that_signs_with_its_own_key_gets_a_token(client: Client, algorithm: str) -> None:
    await client.begin(algorithm)

    answers = [await client.ask(client.signed()), await client.ask(client.signed(aud=ISSUER), client_id=client.client_id, scope="earn")]

    assert [(answer.status_code, answer.json()["scope"]) for answer in answers] == [(200, "burn earn"), (200, "earn")]


async def test_an_assertion_serves_once(client: Client) -> None:
    await client.begin()
    assertion = client.signed()

    first, again, same_jti = await client.ask(assertion), await client.ask(assertion), client.signed(jti="jti-1")
    answers = [first, again, await client.ask(same_jti), await client.ask(client.signed(jti="jti-1", exp=int(NOW.timestamp()) + 61))]

    assert [answer.status_code for answer in answers] == [200, 401, 200, 401]


async def test_a_used_jti_is_kept_until_its_assertion_has_ended(client: Client) -> None:
    await client.begin()
    assertion = client.signed(exp=int(NOW.timestamp()) + 10**6)  # ends five minutes after it was made, whatever it says
    await client.ask(assertion)
    client.clock[0] = NOW + timedelta(minutes=5, seconds=29)

    kept, replayed = await forget_nonces(client.database.pool, client.clock[0], 10), await client.ask(assertion)
    client.clock[0] = NOW + timedelta(minutes=5, seconds=31)
    forgotten, late = await forget_nonces(client.database.pool, client.clock[0], 10), await client.ask(assertion)

    assert (kept, replayed.status_code, forgotten, late.status_code) == (0, 401, 1, 401)


@pytest.mark.parametrize(
    "lie",
    [
        {"aud": "https://loyalty.example/"},
        {"aud": [TOKEN_URL, "https://evil.example"]},
        {"aud": "https://other.example/oauth/token"},
        {"aud": None},
        {"iss": "partner-somebody"},
        {"sub": "partner-somebody"},
        {"iss": "partner-somebody", "sub": "partner-somebody"},
        {"exp": int(NOW.timestamp()) - 31},
        {"exp": None},
        {"exp": float(NOW.timestamp()) + 60.5},
        {"iat": int(NOW.timestamp()) + 3600},
        {"iat": None},
        {"nbf": int(NOW.timestamp()) + 3600},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"jti": "\ud800"},
        {"jti": "j" * 256},
    ],
)
async def test_what_is_not_for_us_now_by_the_client_is_refused(client: Client, lie: dict[str, Any]) -> None:
    await client.begin()

    answer = await client.ask(client.signed(**lie))

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_forged_assertions_are_refused_and_leave_nothing(client: Client) -> None:
    await client.begin()
    other = ec.generate_private_key(ec.SECP256R1())
    public = client.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head, body, _ = client.signed().split(".")
    forged = [
        client.signed(key=other),
        client.signed(key=other, headers={"jwk": orjson.loads(ECAlgorithm.to_jwk(other.public_key()))}),
        client.signed(headers={"crit": ["exp"], "exp": 1}),
        f"{head}.{body}.",
        jwt.encode(client.claims(), None, algorithm="none"),
        # The public key as the secret of an HMAC, put together by hand: the library would not.
        _hmac_signed(client.claims(), public),
        f"{client.signed()}=",
        "a.b.c",
        "x" * 5_000,
    ]

    answers = [await client.ask(assertion) for assertion in forged]

    assert {(answer.status_code, answer.json()["error"]) for answer in answers} == {(401, "invalid_client")}
    assert await client.database.pool.fetchval("SELECT count(*) FROM nonce") == 0


async def test_the_two_ways_do_not_mix(client: Client) -> None:
    await client.begin()

    twice = await client.ask(client.signed(), client_id=client.client_id, client_secret="secret")
    other_type = await client.ask(client.signed(), client_assertion_type="urn:other")
    other_id = await client.ask(client.signed(), client_id="partner-other")
    by_secret = await client.http.post(
        "/oauth/token",
        data={"grant_type": "client_credentials", "client_id": client.client_id, "client_secret": client.maker.secret_of(client.client_id)},
    )

    assert [answer.json()["error"] for answer in (twice, other_type, other_id, by_secret)] == [
        "invalid_request",
        "invalid_request",
        "invalid_client",
        "invalid_client",
    ]


async def test_a_secret_clients_id_is_not_proved_by_any_assertion(client: Client) -> None:
    draft = await client.maker.for_partner(PROGRAM, PARTNER, SCOPES)
    async with client.database.transaction() as connection:
        await draft.store(connection, NOW)
    client.client_id, client.private, client.algorithm = draft.client_id, ed25519.Ed25519PrivateKey.generate(), "EdDSA"

    assert (await client.ask(client.signed())).status_code == 401


async def test_a_revoked_key_proves_nothing(client: Client) -> None:
    await client.begin()
    await revoke_credential(client.database.pool, PROGRAM, client.client_id, NOW)

    assert (await client.ask(client.signed())).status_code == 401


def test_only_public_keys_of_strength_are_taken() -> None:
    strong = ec.generate_private_key(ec.SECP256R1())
    unfit = [
        ECAlgorithm.to_jwk(strong),
        RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 1024).public_key()),
        '{"kty": "oct", "k": "c2VjcmV0"}',
        strong.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        "[]",
        "{}",
        "x" * 5_000,
        '{"kty": "OKP", "crv": "Ed25519", "x": "short"}',
    ]

    assert [read_public_key(text) for text in unfit] == [None] * len(unfit)
    kept = read_public_key(ECAlgorithm.to_jwk(strong.public_key()))
    assert kept is not None
    assert kept.keys() == {"kty", "crv", "x", "y"}


def _hmac_signed(claims: dict[str, Any], secret: bytes) -> str:
    import hmac
    from base64 import urlsafe_b64encode

    def part(raw: bytes) -> str:
        return urlsafe_b64encode(raw).rstrip(b"=").decode()

    text = f"{part(orjson.dumps({'alg': 'HS256', 'typ': 'JWT'}))}.{part(orjson.dumps(claims))}"
    return f"{text}.{part(hmac.digest(secret, text.encode(), 'sha256'))}"
