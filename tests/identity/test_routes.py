"""Sign-in over HTTP on a real PostgreSQL: RFC 6749's answers, and none that tells who exists."""

from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import quote_plus
from uuid import UUID

import httpx
import pytest
from starlette.applications import Starlette

from builders.same_time import assert_same_time
from honeyguide.caller import Audience
from honeyguide.database import Database
from honeyguide.identity.credentials import CredentialMaker, DraftCredential, HashingBusy, SecretHasher
from honeyguide.identity.forms import LARGEST_BODY
from honeyguide.identity.keys import KeyRing, open_key_ring
from honeyguide.identity.oauth import Signer
from honeyguide.identity.routes import TRIES_AT_ONCE, routes
from honeyguide.identity.store import Credential, insert_credential, revoke_credential
from honeyguide.identity.tokens import VerifiedToken, verify_token

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ISSUER = "https://loyalty.example"
TOKEN_URL = f"{ISSUER}/oauth/token"
PROGRAM = UUID(int=1)
PARTNER = UUID(int=2)


@dataclass
class SignIn:
    http: httpx.AsyncClient
    credential: DraftCredential
    ring: KeyRing
    hasher: SecretHasher
    seconds: list[float]

    async def ask(self, **form: str) -> httpx.Response:
        given = {"grant_type": "client_credentials", "client_id": self.credential.client_id, "client_secret": self.credential.client_secret}
        return await self.http.post("/oauth/token", data={name: value for name, value in {**given, **form}.items() if value})

    async def ask_basic(self, client_id: str, secret: str, /, **form: str) -> httpx.Response:
        basic = b64encode(f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()).decode()
        return await self.http.post(
            "/oauth/token", data={"grant_type": "client_credentials", **form}, headers={"Authorization": f"Basic {basic}"}
        )


@pytest.fixture
async def sign_in(database: Database, tmp_path: Path) -> AsyncIterator[SignIn]:
    hasher, ring, seconds = SecretHasher(), open_key_ring(tmp_path, create=True), [0.0]
    credential = await CredentialMaker(b"secret key", hasher).for_partner(PROGRAM, PARTNER, frozenset({"earn", "burn", "read"}))
    async with database.transaction() as connection:
        await credential.store(connection, NOW)
    app = Starlette(
        routes=routes(
            database=database, signer=Signer(ring, ISSUER, TOKEN_URL), hasher=hasher, clock=lambda: NOW, monotonic=lambda: seconds[0]
        )
    )
    transport = httpx.ASGITransport(app, client=("192.0.2.7", 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        yield SignIn(http, credential, ring, hasher, seconds)
    hasher.close()


async def test_a_client_gets_a_token_with_all_its_scopes(sign_in: SignIn) -> None:
    answer = await sign_in.ask()

    assert answer.status_code == 200
    body = answer.json()
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 1800, "burn earn read")
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
    verified = verify_token(sign_in.ring, body["access_token"], issuer=ISSUER, audience=Audience.PARTNER, now=NOW)
    assert isinstance(verified, VerifiedToken)
    assert (verified.caller.partner_id, verified.caller.credential_id) == (PARTNER, sign_in.credential.client_id)


async def test_a_client_may_ask_for_less_and_not_for_more(sign_in: SignIn) -> None:
    less, more, others = await sign_in.ask(scope="earn"), await sign_in.ask(scope="earn enrol"), await sign_in.ask(scope="adjust")

    assert less.json()["scope"] == "earn"
    assert [(answer.status_code, answer.json()["error"]) for answer in (more, others)] == [(400, "invalid_scope")] * 2


async def test_the_secret_may_come_by_header(sign_in: SignIn) -> None:
    client_id, secret = sign_in.credential.client_id, sign_in.credential.client_secret

    assert (await sign_in.ask_basic(client_id, secret)).status_code == 200
    assert (await sign_in.ask_basic(client_id, secret, client_secret=secret)).json()["error"] == "invalid_request"
    assert (await sign_in.ask_basic(client_id, secret, client_id="another")).json()["error"] == "invalid_request"
    broken = await sign_in.http.post("/oauth/token", data={"grant_type": "client_credentials"}, headers={"Authorization": "Basic !!!"})
    assert (broken.status_code, broken.json()["error"]) == (401, "invalid_client")


async def test_unknown_wrong_and_revoked_are_one_answer(sign_in: SignIn, database: Database) -> None:
    wrong = await sign_in.ask(client_secret="wrong")
    unknown = await sign_in.ask(client_id="partner-nobody")
    strange = await sign_in.ask(client_id="partner\x00nobody")
    await revoke_credential(database.pool, PROGRAM, sign_in.credential.client_id, NOW)
    revoked = await sign_in.ask()

    answers = {(answer.status_code, answer.content, answer.headers["www-authenticate"]) for answer in (wrong, unknown, strange, revoked)}
    assert len(answers) == 1
    assert wrong.status_code == 401
    assert wrong.json()["error"] == "invalid_client"


async def test_an_unknown_client_takes_as_long_as_a_wrong_secret(sign_in: SignIn) -> None:
    asked = {"wrong": sign_in.credential.client_id, "unknown": "partner-nobody"}

    async def refused(client_id: str) -> None:
        sign_in.seconds[0] += 10  # and never throttled
        assert (await sign_in.ask(client_id=client_id, client_secret="wrong")).status_code == 401

    await assert_same_time({name: partial(refused, client_id) for name, client_id in asked.items()}, within=0.008)  # a hash takes 20 ms


async def test_guessing_from_one_address_is_stopped_before_the_hash(sign_in: SignIn) -> None:
    answers = [await sign_in.ask(client_id="partner-nobody") for _ in range(TRIES_AT_ONCE + 5)]

    assert [answer.status_code for answer in answers] == [401] * TRIES_AT_ONCE + [429] * 5
    assert answers[-1].headers["retry-after"] == "1"
    # Also the right secret has to wait; then the bucket fills again.
    assert (await sign_in.ask()).status_code == 429
    sign_in.seconds[0] += 1
    assert (await sign_in.ask()).status_code == 200


async def test_too_many_hashes_at_once_are_told_to_come_back(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("honeyguide.identity.credentials.MOST_WAITING", 0)

    with pytest.raises(HashingBusy):
        await sign_in.hasher.verify(None, "secret")
    answer = await sign_in.ask()

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


@pytest.mark.parametrize(
    ("body", "content_type", "status", "error"),
    [
        ("grant_type=password&username=a&password=b", "application/x-www-form-urlencoded", 400, "unsupported_grant_type"),
        ("client_id=a&client_secret=b", "application/x-www-form-urlencoded", 400, "invalid_request"),
        (
            "grant_type=client_credentials&client_id=a&client_id=b&client_secret=c",
            "application/x-www-form-urlencoded",
            400,
            "invalid_request",
        ),
        ("grant_type=client_credentials", "application/x-www-form-urlencoded; charset=utf-8", 401, "invalid_client"),
        ("", "application/x-www-form-urlencoded", 400, "invalid_request"),
        ("&&&;===", "application/x-www-form-urlencoded", 400, "invalid_request"),
        ("a=%ff", "application/x-www-form-urlencoded", 400, "invalid_request"),
        ("&".join(f"f{n}=1" for n in range(50)), "application/x-www-form-urlencoded", 400, "invalid_request"),
        ('{"grant_type": "client_credentials"}', "application/json", 400, "invalid_request"),
        ("x" * (LARGEST_BODY + 1), "application/x-www-form-urlencoded", 413, "invalid_request"),
    ],
)
async def test_bad_requests_get_rfc_6749_errors(sign_in: SignIn, body: str, content_type: str, status: int, error: str) -> None:
    answer = await sign_in.http.post("/oauth/token", content=body, headers={"Content-Type": content_type})

    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.headers["cache-control"] == "no-store"


async def test_a_token_is_not_got_by_get(sign_in: SignIn) -> None:
    assert (await sign_in.http.get("/oauth/token", params={"client_id": "a"})).status_code == 405


async def test_the_keys_are_published(sign_in: SignIn) -> None:
    answer = await sign_in.http.get("/.well-known/jwks.json")

    assert answer.json() == sign_in.ring.jwks()
    assert "max-age" in answer.headers["cache-control"]


async def test_a_database_that_is_down_is_503(sign_in: SignIn, database: Database) -> None:
    await database.close()

    answer = await sign_in.ask()

    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")


async def test_a_spoiled_hash_lets_nobody_in(sign_in: SignIn, database: Database) -> None:
    await insert_credential(database.pool, Credential("broken", PROGRAM, Audience.PARTNER, str(PARTNER), "", frozenset({"earn"})), NOW)

    assert (await sign_in.ask(client_id="broken")).status_code == 401
