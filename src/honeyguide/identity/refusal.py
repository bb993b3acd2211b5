"""Why a token was refused: a closed set, for logs, metrics and tests; pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Refusal(StrEnum):
    """For logs and tests; callers are told `invalid_token` and no more, but for the last four."""

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
    WEAK_SIGN_IN = "weak sign-in"  # good, but the person did not sign in the way that is asked of operators
    NO_ROLE = "no role"  # good, but none of the person's groups is a role here
    NO_MEMBER = "no member"  # good, but the person is no member, or no longer
    KEYS_UNAVAILABLE = "keys unavailable"  # nobody can say: the provider's keys cannot be had


@dataclass(frozen=True, slots=True)
class TokenRefused:
    reason: Refusal
