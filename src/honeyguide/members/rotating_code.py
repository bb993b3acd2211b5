"""The rotating code of a member's card: RFC 6238 as Google Wallet makes it (G14), spelt so that a scanner reads it and never the member number; pure."""

from __future__ import annotations

import hmac
import re
from base64 import b32encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

STEP = timedelta(seconds=30)
DIGITS = 8
KEY_BYTES = 20
CARD_ID_BYTES = 10  # 80 bits: nobody guesses whose card there is

# So long after its scan a code may still arrive: a till that was out of reach for a moment.
OLDEST_SCAN = timedelta(minutes=15)
# A till's clock may be ahead of ours by so much; a code of the future there is not.
MOST_AHEAD = STEP
# An offline till has nobody to set its clock by, and what it posts only earns.
OFFLINE_STEPS = 10

# Capitals, digits and dashes: the smallest QR there is for so much.
_CODE = re.compile(r"HG1-([A-Z2-7]{16})-([0-9]{8})", re.ASCII)


@dataclass(frozen=True, slots=True)
class CardCode:
    """What a scanner read: which card, and the code of a moment."""

    card_id: str
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CardKey:
    card_id: str
    key: bytes = field(repr=False)


def spelt_card_id(random: bytes) -> str:
    """Sixteen letters and digits of CARD_ID_BYTES."""
    return b32encode(random).decode("ascii")


def read_code(text: str) -> CardCode | None:
    """None for every other barcode."""
    found = _CODE.fullmatch(text.strip()) if len(text) < 100 else None
    return None if found is None else CardCode(found[1], found[2])


def spelt(card: CardKey, moment: datetime) -> str:
    """The text in the QR code from that moment's step on."""
    return prefix_of(card.card_id) + code_at(card.key, step_of(moment))


def prefix_of(card_id: str) -> str:
    """What stands before the code, for who makes the code elsewhere."""
    return f"HG1-{card_id}-"


def code_at(key: bytes, step: int) -> str:
    # SHA-1 is what Google Wallet knows, and the card on the phone says the same as the app's; HMAC does not need more of a hash (RFC 6194).
    return (
        TOTP(
            key,
            DIGITS,
            SHA1(),  # noqa: S303 - see above
            int(STEP.total_seconds()),
        )
        .generate(step * int(STEP.total_seconds()))
        .decode("ascii")
    )


def step_of(moment: datetime) -> int:
    return int(moment.timestamp() // STEP.total_seconds())


def step_end(moment: datetime) -> datetime:
    """When the code of that moment gives way to the next one."""
    return datetime.fromtimestamp((step_of(moment) + 1) * STEP.total_seconds(), UTC)


def scan_moment(scanned_at: datetime | None, now: datetime) -> datetime | None:
    """As of when a code counts; None where the till says a moment that is too old or has not come."""
    if scanned_at is None:
        return now
    if not now - OLDEST_SCAN <= scanned_at <= now + MOST_AHEAD:
        return None
    return min(scanned_at, now)


def matching_step(key: bytes, code: str, moment: datetime, now: datetime, steps: int = 1) -> int | None:
    """The step of the code, within so many of the moment's; every candidate is looked at, in the same time.

    A phone's clock may be one step ahead of ours, as RFC 6238 and G14 have it; no code lies further ahead of now, whatever the till says.
    """
    about, found = step_of(moment), None
    for step in range(about - steps, about + steps + 1):
        if hmac.compare_digest(code_at(key, step), code) and step <= step_of(now) + 1:
            found = step
    return found
