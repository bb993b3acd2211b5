"""The member number: twelve random digits and a check digit, so that numbers can be typed but not guessed."""

from __future__ import annotations

from stdnum import damm

RANDOM_DIGITS = 12
LENGTH = RANDOM_DIGITS + 1
ENTROPY_BYTES = 16  # 10**12 does not divide a power of two; with 128 bits the bias is below one in 10**26


def member_number(entropy: bytes) -> str:
    """The number that these random bytes make; Damm's digit finds every single wrong digit and every swap of neighbours."""
    if len(entropy) < ENTROPY_BYTES:
        raise ValueError(f"a member number takes {ENTROPY_BYTES} random bytes, not {len(entropy)}")
    digits = f"{int.from_bytes(entropy, 'big') % 10**RANDOM_DIGITS:0{RANDOM_DIGITS}d}"
    return digits + damm.calc_check_digit(digits)


def normal_member_number(text: str) -> str | None:
    """The number as it is stored: groups joined, check digit right; None for anything else."""
    digits = "".join(text.split()).replace("-", "")
    # isdigit alone would let other scripts' digits through.
    if len(digits) != LENGTH or not (digits.isascii() and digits.isdigit()):
        return None
    return digits if damm.is_valid(digits) else None
