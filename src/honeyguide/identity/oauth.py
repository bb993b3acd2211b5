"""The client_credentials grant (RFC 6749, 4.4): an id and a secret, or an assertion signed by the client, become a short access token."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import parse_qsl, unquote_plus

from honeyguide.caller import Caller
from honeyguide.database import Executor
from honeyguide.identity import store
from honeyguide.identity.client_assertion import ASSERTION_TYPE, ClientAssertion, check_assertion, read_assertion
from honeyguide.identity.credentials import LONGEST_SECRET, SecretHasher
from honeyguide.identity.keys import KeyRing
from honeyguide.identity.refusal import Refusal
from honeyguide.identity.store import Credential
from honeyguide.identity.tokens import issue_token

TOKEN_LIFE = timedelta(minutes=30)
MOST_FIELDS = 20

# A key that was thrown away: made for the comparison only.
_NOBODY = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}


class OAuthError(StrEnum):
    """RFC 6749, 5.2."""

    INVALID_REQUEST = "invalid_request"
    INVALID_CLIENT = "invalid_client"
    UNSUPPORTED_GRANT_TYPE = "unsupported_grant_type"
    INVALID_SCOPE = "invalid_scope"


@dataclass(frozen=True, slots=True)
class GrantRequest:
    """`proof`: the secret, or an assertion; `scopes` None asks for all that the credential has; `basic`: the secret came by a header."""

    client_id: str
    proof: str | ClientAssertion
    scopes: frozenset[str] | None
    basic: bool = False


@dataclass(frozen=True, slots=True)
class Granted:
    access_token: str
    expires_in: int  # seconds
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class GrantRefused:
    """`description` is for the developer of the client; it never tells whether a client exists."""

    error: OAuthError
    description: str
    basic: bool = False


def read_grant_request(body: str, authorization: str | None) -> GrantRequest | GrantRefused:
    """The form and the header as one request; each parameter once, one way to authenticate (RFC 6749, 2.3 and 3.2)."""
    try:
        pairs = parse_qsl(body, keep_blank_values=False, strict_parsing=bool(body), max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        return GrantRefused(OAuthError.INVALID_REQUEST, "the body is no form")
    form = dict(pairs)
    if len(form) != len(pairs):
        return GrantRefused(OAuthError.INVALID_REQUEST, "a parameter came twice")
    if "grant_type" not in form:
        return GrantRefused(OAuthError.INVALID_REQUEST, "grant_type is missing")
    if form["grant_type"] != "client_credentials":
        return GrantRefused(OAuthError.UNSUPPORTED_GRANT_TYPE, "only client_credentials")
    return _with_client(form, authorization)


@dataclass(frozen=True, slots=True)
class Signer:
    """Who makes tokens here, under which names: `issuer` stands in them, `token_url` is where they are asked for."""

    ring: KeyRing
    issuer: str
    token_url: str

    @property
    def names(self) -> frozenset[str]:
        return frozenset({self.issuer, self.token_url})


async def grant(executor: Executor, hasher: SecretHasher, signer: Signer, request: GrantRequest, now: datetime) -> Granted | GrantRefused:
    """A token with the asked scopes, for who proves the client; unknown, revoked and wrong are one answer. Raises HashingBusy."""
    credential = await store.credential(executor, request.client_id)
    right = await _proves(executor, hasher, signer, credential, request.proof, now)
    if credential is None or not right or not credential.serves(now):
        return GrantRefused(OAuthError.INVALID_CLIENT, "the client is unknown, or is not proved", request.basic)
    scopes = credential.scopes if request.scopes is None else request.scopes
    if not scopes <= credential.scopes:
        return GrantRefused(OAuthError.INVALID_SCOPE, "the credential lacks a scope that was asked for")
    life = TOKEN_LIFE if credential.ends_at is None else min(TOKEN_LIFE, credential.ends_at - now)
    caller = Caller(credential.audience, credential.program_id, credential.subject, scopes, credential.client_id, credential.location)
    token = issue_token(signer.ring, issuer=signer.issuer, caller=caller, now=now, lifetime=life)
    await store.note_use(executor, credential.client_id, now)
    return Granted(token, int(life.total_seconds()), scopes)


async def _proves(
    executor: Executor, hasher: SecretHasher, signer: Signer, credential: Credential | None, proof: str | ClientAssertion, now: datetime
) -> bool:
    if isinstance(proof, str):
        return await hasher.verify(credential.secret_hash if credential else None, proof)
    # Who is unknown, or has a secret, is checked against a key that nobody has: the answer takes as long as for a wrong signature.
    known = credential is not None and credential.public_key is not None
    good = check_assertion(proof, credential.public_key if credential and credential.public_key else _NOBODY, signer.names, now)
    if not known or isinstance(good, Refusal):
        return False
    # After the signature, so that nobody fills the table with what others might say.
    return await store.take_nonce(executor, good.nonce, good.ends_at)


def _with_client(form: Mapping[str, str], authorization: str | None) -> GrantRequest | GrantRefused:
    asked = form.get("scope")
    scopes = frozenset(asked.split()) if asked and asked.strip() else None
    if "client_assertion" in form or "client_assertion_type" in form:
        return _by_assertion(form, authorization, scopes)
    if authorization is None:
        if "client_id" not in form or "client_secret" not in form:
            return GrantRefused(OAuthError.INVALID_CLIENT, "client_id and client_secret, or client_assertion, are missing")
        return _bounded(form["client_id"], form["client_secret"], scopes, basic=False)
    if "client_secret" in form:
        return GrantRefused(OAuthError.INVALID_REQUEST, "the client authenticates twice")
    pair = _basic(authorization)
    if pair is None:
        return GrantRefused(OAuthError.INVALID_CLIENT, "the Authorization header is no Basic credential", basic=True)
    if form.get("client_id", pair[0]) != pair[0]:
        return GrantRefused(OAuthError.INVALID_REQUEST, "two client ids")
    return _bounded(*pair, scopes, basic=True)


def _by_assertion(form: Mapping[str, str], authorization: str | None, scopes: frozenset[str] | None) -> GrantRequest | GrantRefused:
    """RFC 7521, 4.2."""
    if authorization is not None or "client_secret" in form:
        return GrantRefused(OAuthError.INVALID_REQUEST, "the client authenticates twice")
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        return GrantRefused(OAuthError.INVALID_REQUEST, f"client_assertion_type must be {ASSERTION_TYPE}")
    assertion = read_assertion(form.get("client_assertion", ""))
    if assertion is None or form.get("client_id", assertion.client_id) != assertion.client_id:
        return GrantRefused(OAuthError.INVALID_CLIENT, "the assertion is no JWT whose iss and sub are the client's id")
    return GrantRequest(assertion.client_id, assertion, scopes)


def _bounded(client_id: str, client_secret: str, scopes: frozenset[str] | None, *, basic: bool) -> GrantRequest | GrantRefused:
    # PostgreSQL takes no NUL in text; what is longer than any secret of ours is not worth a hash.
    if "\x00" in client_id or len(client_id) > LONGEST_SECRET or len(client_secret) > LONGEST_SECRET:
        return GrantRefused(OAuthError.INVALID_CLIENT, "the client is unknown, or is not proved", basic)
    return GrantRequest(client_id, client_secret, scopes, basic)


def _basic(authorization: str) -> tuple[str, str] | None:
    """Id and secret of a Basic header; both are form-encoded inside (RFC 6749, 2.3.1)."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return (unquote_plus(client_id), unquote_plus(secret)) if colon and client_id else None
