"""What a till without network may believe of a card: its tier, signed, for minutes; around the same rotating code (G14); pure."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from datetime import datetime
from typing import Any

from honeyguide.members.rotating_code import OFFLINE_STEPS, STEP, CardCode, read_code

# A till whose clock nobody sets may be as far off as a code may be that it scanned.
LIFE = OFFLINE_STEPS * STEP
AUDIENCE = "honeyguide/till"
_LONGEST = 1_500


def tier_claims(message: str, tier: str | None, *, issuer: str, program: str, now: datetime) -> dict[str, Any]:
    """Nothing of the person: `sub` is what the card's QR code says now, which names nobody to who has no key of ours."""
    ends_at = int((now + LIFE).timestamp())
    claims = {"iss": issuer, "aud": AUDIENCE, "prg": program, "sub": message, "iat": int(now.timestamp()), "exp": ends_at}
    return claims if tier is None else {**claims, "tier": tier}


def claim_ends(now: datetime) -> datetime:
    return (now + LIFE).replace(microsecond=0)


def code_of(text: str) -> CardCode | None:
    """The rotating code that a scanner read, alone or within a claim.

    The claim's signature is for tills: to us the code proves itself, by the card's key, and nothing else of the claim is looked at.
    """
    found = read_code(text)
    return found if found is not None else _within(text.strip())


def _within(text: str) -> CardCode | None:
    if len(text) > _LONGEST or not text.isascii() or text.count(".") != 2:
        return None
    payload = text.split(".")[1]
    try:
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, RecursionError):
        return None
    if not isinstance(claims, dict) or claims.get("aud") != AUDIENCE:
        return None
    said = claims.get("sub")
    return read_code(said) if isinstance(said, str) else None
