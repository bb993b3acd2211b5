"""The door of the three APIs: a bearer token becomes a caller, or is refused."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from datetime import datetime

from honeyguide.caller import Audience, Caller
from honeyguide.identity.checked_jwt import read_jwt
from honeyguide.identity.keys import KeyRing
from honeyguide.identity.metrics import TOKENS_REFUSED
from honeyguide.identity.providers.door import ProviderDoor
from honeyguide.identity.refusal import Refusal, TokenRefused
from honeyguide.identity.revocations import Revocations
from honeyguide.identity.tokens import LEEWAY, LONGEST_TOKEN, VerifiedToken, verify_own

CACHED_TOKENS = 10_000
LONGEST_FOREIGN_TOKEN = 16_384  # a person in two hundred groups has a token of some 10 KB


class TokenDoor:
    """Verified tokens are kept, as a signature costs as much as a query; a revocation or a change of keys empties what is kept."""

    def __init__(
        self, ring: KeyRing, issuer: str, revocations: Revocations, providers: ProviderDoor | None = None, capacity: int = CACHED_TOKENS
    ) -> None:
        self._ring = ring
        self._issuer = issuer
        self._revocations = revocations
        self._providers = providers
        self._capacity = capacity
        self._epoch = self.epoch
        # Only good tokens are kept: bad ones could be made up faster than they are forgotten.
        self._verified: OrderedDict[tuple[Audience, bytes], VerifiedToken] = OrderedDict()

    @property
    def epoch(self) -> int:
        """Rises with each of its parts, as none of them falls: whoever relies on a token for longer than a request looks again."""
        return self._revocations.epoch + self.keys_epoch

    @property
    def keys_epoch(self) -> int:
        """Rises when what tokens are checked with changes."""
        return self._ring.epoch + (self._providers.epoch if self._providers is not None else 0)

    def is_revoked(self, caller: Caller) -> bool:
        return self._revocations.is_revoked(caller.credential_id, caller.session_id)

    async def verify(self, token: str, audience: Audience, now: datetime) -> Caller | TokenRefused:
        """The caller behind the token, if it is for this API, unexpired and not revoked; raises what the database raises.

        A token that is kept, or one of our own, is answered without waiting for anything.
        """
        verified = await self.verified(token, audience, now)
        return verified if isinstance(verified, TokenRefused) else verified.caller

    async def verified(self, token: str, audience: Audience, now: datetime) -> VerifiedToken | TokenRefused:
        """As `verify`, with the moment until which the answer holds."""
        epoch = self.epoch
        if self._epoch != epoch:
            self._verified.clear()
            self._epoch = epoch
        # By hash: a dump of this memory must not hand out tokens.
        key = (audience, hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest())
        known = self._verified.get(key)
        if known is not None:
            if now < known.expires_at + LEEWAY:
                self._verified.move_to_end(key)
                return known
            del self._verified[key]
        verified = await self._look(token, audience, now)
        if isinstance(verified, TokenRefused):
            TOKENS_REFUSED.labels(verified.reason).inc()
            return verified
        if self.epoch == epoch:  # else what it was checked with may be gone
            self._keep(key, verified)
        return verified

    async def _look(self, token: str, audience: Audience, now: datetime) -> VerifiedToken | TokenRefused:
        """The issuer that the token names chooses who checks it, and nothing else."""
        read = read_jwt(token, LONGEST_FOREIGN_TOKEN)
        if read is None:
            return TokenRefused(Refusal.MALFORMED)
        if self._providers is not None and read.issuer != self._issuer:
            return await self._providers.verify(read, audience, now)
        if len(token) > LONGEST_TOKEN:
            return TokenRefused(Refusal.MALFORMED)
        verified = verify_own(self._ring, read, issuer=self._issuer, audience=audience, now=now)
        if isinstance(verified, VerifiedToken) and self.is_revoked(verified.caller):
            return TokenRefused(Refusal.REVOKED)
        return verified

    def _keep(self, key: tuple[Audience, bytes], verified: VerifiedToken) -> None:
        self._verified[key] = verified
        if len(self._verified) > self._capacity:
            self._verified.popitem(last=False)
