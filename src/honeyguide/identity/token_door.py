"""The door of the three APIs: a bearer token becomes a caller, or is refused."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from datetime import datetime

from honeyguide.caller import Audience, Caller
from honeyguide.identity.keys import KeyRing
from honeyguide.identity.revocations import Revocations
from honeyguide.identity.tokens import LEEWAY, Refusal, TokenRefused, VerifiedToken, verify_token

CACHED_TOKENS = 10_000


class TokenDoor:
    """Verified tokens are kept, as a signature costs as much as a query; a revocation empties what is kept."""

    def __init__(self, ring: KeyRing, issuer: str, revocations: Revocations, capacity: int = CACHED_TOKENS) -> None:
        self._ring = ring
        self._issuer = issuer
        self._revocations = revocations
        self._capacity = capacity
        self._epoch = revocations.epoch
        # Only good tokens are kept: bad ones could be made up faster than they are forgotten.
        self._verified: OrderedDict[tuple[Audience, bytes], VerifiedToken] = OrderedDict()

    def verify(self, token: str, audience: Audience, now: datetime) -> Caller | TokenRefused:
        """The caller behind the token, if it is for this API, unexpired and not revoked."""
        if self._epoch != self._revocations.epoch:
            self._verified.clear()
            self._epoch = self._revocations.epoch
        # By hash: a dump of this memory must not hand out tokens.
        key = (audience, hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest())
        known = self._verified.get(key)
        if known is not None:
            self._verified.move_to_end(key)
            return known.caller if now < known.expires_at + LEEWAY else TokenRefused(Refusal.EXPIRED)
        verified = verify_token(self._ring, token, issuer=self._issuer, audience=audience, now=now)
        if isinstance(verified, TokenRefused):
            return verified
        if self._revocations.is_revoked(verified.caller.credential_id):
            return TokenRefused(Refusal.REVOKED)
        self._verified[key] = verified
        if len(self._verified) > self._capacity:
            self._verified.popitem(last=False)
        return verified.caller
