"""The client_credentials grant (RFC 6749, 4.4): an id and a secret become a short access token."""

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
from honeyguide.identity.credentials import LONGEST_SECRET, SecretHasher
from honeyguide.identity.keys import KeyRing
from honeyguide.identity.tokens import issue_token

TOKEN_LIFE = timedelta(minutes=30)
MOST_FIELDS = 20


class OAuthError(StrEnum):
    """RFC 6749, 5.2."""

    INVALID_REQUEST = "invalid_request"
    INVALID_CLIENT = "invalid_client"
    UNSUPPORTED_GRANT_TYPE = "unsupported_grant_type"
    INVALID_SCOPE = "invalid_scope"


@dataclass(frozen=True, slots=True)
class GrantRequest:
    """`scopes` None asks for all that the credential has; `basic`: the secret came by the Authorization header."""

    client_id: str
    client_secret: str
    scopes: frozenset[str] | None
    basic: bool


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


async def grant(
    executor: Executor, hasher: SecretHasher, ring: KeyRing, issuer: str, request: GrantRequest, now: datetime
) -> Granted | GrantRefused:
    """A token with the asked scopes, for who knows the secret; unknown, revoked and wrong are one answer. Raises HashingBusy."""
    credential = await store.credential(executor, request.client_id)
    right = await hasher.verify(credential.secret_hash if credential else None, request.client_secret)
    if credential is None or not right or credential.revoked_at is not None:
        return GrantRefused(OAuthError.INVALID_CLIENT, "client id or secret is wrong", request.basic)
    scopes = credential.scopes if request.scopes is None else request.scopes
    if not scopes <= credential.scopes:
        return GrantRefused(OAuthError.INVALID_SCOPE, "the credential lacks a scope that was asked for")
    caller = Caller(credential.audience, credential.program_id, credential.subject, scopes, credential.client_id)
    token = issue_token(ring, issuer=issuer, caller=caller, now=now, lifetime=TOKEN_LIFE)
    return Granted(token, int(TOKEN_LIFE.total_seconds()), scopes)


def _with_client(form: Mapping[str, str], authorization: str | None) -> GrantRequest | GrantRefused:
    asked = form.get("scope")
    scopes = frozenset(asked.split()) if asked and asked.strip() else None
    if authorization is None:
        if "client_id" not in form or "client_secret" not in form:
            return GrantRefused(OAuthError.INVALID_CLIENT, "client_id and client_secret are missing")
        return _bounded(form["client_id"], form["client_secret"], scopes, basic=False)
    if "client_secret" in form:
        return GrantRefused(OAuthError.INVALID_REQUEST, "the client authenticates twice")
    pair = _basic(authorization)
    if pair is None:
        return GrantRefused(OAuthError.INVALID_CLIENT, "the Authorization header is no Basic credential", basic=True)
    if form.get("client_id", pair[0]) != pair[0]:
        return GrantRefused(OAuthError.INVALID_REQUEST, "two client ids")
    return _bounded(*pair, scopes, basic=True)


def _bounded(client_id: str, client_secret: str, scopes: frozenset[str] | None, *, basic: bool) -> GrantRequest | GrantRefused:
    # PostgreSQL takes no NUL in text; what is longer than any secret of ours is not worth a hash.
    if "\x00" in client_id or len(client_id) > LONGEST_SECRET or len(client_secret) > LONGEST_SECRET:
        return GrantRefused(OAuthError.INVALID_CLIENT, "client id or secret is wrong", basic)
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
