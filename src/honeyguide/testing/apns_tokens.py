"""Provider tokens as APNs checks them: a JWT by a key of the team, not older than an hour (N4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

_OLDEST = timedelta(hours=1)
_RENEWED_AFTER = timedelta(minutes=20)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class TokenKeys:
    """The team's keys by key id; `seen` are the moments at which the tokens were made, in the order in which they came."""

    team_id: str
    keys: Mapping[str, EllipticCurvePublicKey]
    clock: Callable[[], datetime] = _now
    topics: frozenset[str] | None = None  # those of the team; None: whatever is asked for
    seen: list[datetime] = field(default_factory=list)

    def may_push_to(self, topic: str) -> bool:
        """A token is of one team: a customer's pass type of another one takes no push by it."""
        return bool(topic) and (self.topics is None or topic in self.topics)

    def refusal(self, authorization: str) -> str | None:
        """Apple's word for what is wrong with it; None for a token that is good."""
        if not authorization.startswith("bearer "):
            return "MissingProviderToken"
        token = authorization.removeprefix("bearer ")
        try:
            key = self.keys[jwt.get_unverified_header(token)["kid"]]
            claims = jwt.decode(token, key, ["ES256"], options={"verify_iat": False, "require": ["iss", "iat"]}, issuer=self.team_id)
        except (jwt.PyJWTError, KeyError):
            return "InvalidProviderToken"
        made_at = datetime.fromtimestamp(int(claims["iat"]), UTC)
        if not timedelta(seconds=-60) <= self.clock() - made_at <= _OLDEST:
            return "ExpiredProviderToken"
        if self.seen and self.seen[-1] != made_at:
            if made_at - self.seen[-1] < _RENEWED_AFTER:
                return "TooManyProviderTokenUpdates"
            self.seen.append(made_at)
        elif not self.seen:
            self.seen.append(made_at)
        return None
