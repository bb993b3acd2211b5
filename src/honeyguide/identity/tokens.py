"""Access tokens: JWTs that say who calls which of the three APIs, checked to the letter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
from uuid_utils.compat import uuid7

from honeyguide.caller import Audience, Caller
from honeyguide.identity.checked_jwt import UnverifiedJwt, check_header, check_signature, check_times, read_jwt
from honeyguide.identity.keys import ALGORITHM, KeyRing
from honeyguide.identity.refusal import Refusal, TokenRefused

__all__ = [
    "LEEWAY",
    "TOKEN_TYPE",
    "Refusal",
    "TokenRefused",
    "VerifiedToken",
    "audience_claim",
    "issue_token",
    "verify_own",
    "verify_token",
]

LEEWAY = timedelta(seconds=5)  # clocks of two of our own machines, nothing more
LONGEST_TOKEN = 4096
TOKEN_TYPE = "at+jwt"  # noqa: S105 - RFC 9068: an ID token or a Google save link is no access token


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


def verify_token(ring: KeyRing, text: str, *, issuer: str, audience: Audience, now: datetime) -> VerifiedToken | TokenRefused:
    """A token of our own, from its text."""
    token = read_jwt(text, LONGEST_TOKEN)
    return TokenRefused(Refusal.MALFORMED) if token is None else verify_own(ring, token, issuer=issuer, audience=audience, now=now)


def verify_own(ring: KeyRing, token: UnverifiedJwt, *, issuer: str, audience: Audience, now: datetime) -> VerifiedToken | TokenRefused:
    """Type, key, signature, issuer, audience, times, then the claims; whether its credential was revoked is for TokenDoor."""
    refusal = check_header(token, algorithms=_ALGORITHMS, types=_TYPES) or check_signature(token, ring.key_set)
    if refusal is not None:
        return TokenRefused(refusal)
    claims = token.claims
    if not claims.keys() >= _REQUIRED:
        return TokenRefused(Refusal.CLAIMS)
    if claims["iss"] != issuer:
        return TokenRefused(Refusal.ISSUER)
    if claims["aud"] != audience_claim(audience):  # one name: our tokens are for one API each
        return TokenRefused(Refusal.AUDIENCE)
    expires_at = check_times(claims, now, LEEWAY)
    if isinstance(expires_at, Refusal):
        return TokenRefused(expires_at)
    try:
        return VerifiedToken(_caller(claims, audience), expires_at)
    except (TypeError, ValueError):
        return TokenRefused(Refusal.CLAIMS)


_ALGORITHMS = frozenset({ALGORITHM})
_TYPES = frozenset({TOKEN_TYPE})
_REQUIRED = frozenset({"iss", "aud", "sub", "program", "scope", "iat", "exp", "jti"})


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
