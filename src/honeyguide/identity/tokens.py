"""Access tokens: JWTs that say who calls which of the three APIs, checked to the letter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import jwt
from jwt.types import Options
from uuid_utils.compat import uuid7

from honeyguide.caller import Audience, Caller
from honeyguide.identity.keys import ALGORITHM, KeyRing

LEEWAY = timedelta(seconds=5)  # clocks of two of our own machines, nothing more
LONGEST_TOKEN = 4096
TOKEN_TYPE = "at+jwt"  # noqa: S105 - RFC 9068: an ID token or a Google save link is no access token


class Refusal(StrEnum):
    """For logs and tests; callers are told `invalid_token` and no more."""

    MALFORMED = "malformed"
    ALGORITHM = "algorithm"
    UNKNOWN_KEY = "unknown key"
    SIGNATURE = "signature"
    ISSUER = "issuer"
    AUDIENCE = "audience"
    EXPIRED = "expired"
    NOT_YET = "not yet valid"
    CLAIMS = "claims"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class TokenRefused:
    reason: Refusal


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    caller: Caller
    expires_at: datetime


def audience_claim(audience: Audience) -> str:
    return f"honeyguide/{audience}"


def issue_token(ring: KeyRing, *, issuer: str, caller: Caller, now: datetime, lifetime: timedelta) -> str:
    """A token for this caller and no other audience; `credential_id` goes along, so that its revocation ends the token."""
    claims = {
        "iss": issuer,
        "aud": audience_claim(caller.audience),
        "sub": caller.subject,
        "program": str(caller.program_id),
        "scope": " ".join(sorted(caller.scopes)),
        "iat": int(now.timestamp()),
        "exp": int((now + lifetime).timestamp()),
        "jti": str(uuid7()),
    }
    # Private claims, absent where they say nothing.
    bound = {"client_id": caller.credential_id, "location": caller.location, "sid": str(caller.session_id) if caller.session_id else None}
    claims |= {name: value for name, value in bound.items() if value is not None}
    return jwt.encode(claims, ring.signing.private, algorithm=ALGORITHM, headers={"kid": ring.signing.kid, "typ": TOKEN_TYPE})


def verify_token(ring: KeyRing, token: str, *, issuer: str, audience: Audience, now: datetime) -> VerifiedToken | TokenRefused:
    """Signature, key, type, issuer, audience, times, then the claims; whether its credential was revoked is for TokenDoor."""
    if len(token) > LONGEST_TOKEN or not token.isascii():
        return TokenRefused(Refusal.MALFORMED)
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        return TokenRefused(Refusal.MALFORMED)
    # The header chooses among our keys and nothing else: jku, jwk and x5u are never looked at.
    if header.get("alg") != ALGORITHM or str(header.get("typ", "")).lower() != TOKEN_TYPE:
        return TokenRefused(Refusal.ALGORITHM)
    key = ring.verifying.get(str(header.get("kid")))
    if key is None:
        return TokenRefused(Refusal.UNKNOWN_KEY)
    try:
        claims = jwt.decode(token, key, algorithms=[ALGORITHM], audience=audience_claim(audience), issuer=issuer, options=_OPTIONS)
    except jwt.PyJWTError as error:
        return TokenRefused(_refusal(error))
    return _verified(claims, audience, now)


# The library would compare with the wall clock; times are compared below with the `now` that came in.
_OPTIONS: Options = {
    "require": ["iss", "aud", "sub", "program", "scope", "iat", "exp", "jti"],
    "strict_aud": True,
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}


def _refusal(error: jwt.PyJWTError) -> Refusal:
    match error:
        case jwt.InvalidSignatureError():
            return Refusal.SIGNATURE
        case jwt.InvalidIssuerError():
            return Refusal.ISSUER
        case jwt.InvalidAudienceError():
            return Refusal.AUDIENCE
        case jwt.MissingRequiredClaimError():
            return Refusal.CLAIMS
        case _:
            return Refusal.MALFORMED


def _verified(claims: Mapping[str, Any], audience: Audience, now: datetime) -> VerifiedToken | TokenRefused:
    try:
        issued_at, expires_at = _moment(claims["iat"]), _moment(claims["exp"])
        caller = _caller(claims, audience)
    except (TypeError, ValueError, OverflowError):
        return TokenRefused(Refusal.CLAIMS)
    if expires_at + LEEWAY <= now:
        return TokenRefused(Refusal.EXPIRED)
    if issued_at - LEEWAY > now:
        return TokenRefused(Refusal.NOT_YET)
    return VerifiedToken(caller, expires_at)


def _caller(claims: Mapping[str, Any], audience: Audience) -> Caller:
    """Raises ValueError or TypeError for claims that are no caller's."""
    subject, program, scope = claims["sub"], claims["program"], claims["scope"]
    client_id, location, session_id = claims.get("client_id"), claims.get("location"), claims.get("sid")
    given = [claim for claim in (client_id, location, session_id) if claim is not None]
    if not all(isinstance(claim, str) for claim in (subject, program, scope, *given)) or not subject:
        raise TypeError("claims of a wrong type")
    if audience is not Audience.OPERATOR:
        subject = str(UUID(subject))
    session = UUID(session_id) if session_id is not None else None
    return Caller(audience, UUID(program), subject, frozenset(scope.split()), client_id, location, session)


def _moment(seconds: object) -> datetime:
    if not isinstance(seconds, int) or isinstance(seconds, bool):
        raise TypeError("a NumericDate is an integer here")
    return datetime.fromtimestamp(seconds, UTC)
