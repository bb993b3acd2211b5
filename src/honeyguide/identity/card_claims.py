"""Signs what a till without network checks with our published keys: a card's tier and its code of now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import jwt

from honeyguide.identity.keys import ALGORITHM, KeyRing
from honeyguide.members.tier_claim import tier_claims

CLAIM_TYPE = "hg-card+jwt"  # no access token, and none that says it is one (RFC 8725, 3.11)


@dataclass(frozen=True, slots=True)
class CardClaims:
    """The key ring that signs tokens; its public keys are at /.well-known/jwks.json."""

    ring: KeyRing
    issuer: str

    def signed(self, message: str, tier: str | None, program: str, now: datetime) -> str:
        """A compact token around the text of the card's QR code."""
        claims = tier_claims(message, tier, issuer=self.issuer, program=program, now=now)
        signing = self.ring.signing
        return jwt.encode(claims, signing.private, algorithm=ALGORITHM, headers={"kid": signing.kid, "typ": CLAIM_TYPE})
