"""The one-time code: eight digits bound to an address and a purpose, kept as a keyed hash; pure."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from honeyguide.sealed import SealKey, purpose_key

LIFE = timedelta(minutes=10)
MOST_TRIES = 5
# Five tries on each of five codes an hour: who guesses has one chance in a thousand after five years at one address.
MOST_AN_HOUR = 5
WINDOW = timedelta(hours=1)
DIGITS = 8

_TYPED = re.compile(r"[\s.\-\u00a0\u2009\u202f]+")
_CODE = re.compile(r"[0-9]{8}", re.ASCII)
LONGEST_TYPED = 32


@dataclass(frozen=True, slots=True)
class CodeKey:
    """Hashes addresses and codes. Codes live for minutes, so a former secret key need not know them."""

    key: bytes = field(repr=False)

    @staticmethod
    def of(secret: SealKey) -> CodeKey:
        newest = secret if isinstance(secret, bytes) else secret.newest
        return CodeKey(purpose_key(newest, "one-time code v1"))

    def subject(self, program_id: UUID, email: str, member_id: UUID | None = None) -> bytes:
        """Whom a code is for: an address that signs in, or an address that a member wants to have."""
        who = b"sign in" if member_id is None else b"have it" + member_id.bytes
        return hmac.digest(self.key, b"address\0" + program_id.bytes + who + b"\0" + email.encode(), "sha256")

    def hash(self, subject: bytes, code: str) -> bytes:
        return hmac.digest(self.key, b"code\0" + subject + code.encode(), "sha256")


def code_of(number: int) -> str:
    """The digits of a random number below 10 ** DIGITS."""
    return f"{number:0{DIGITS}}"


def shown(code: str) -> str:
    """In two groups, as people read and type it."""
    return f"{code[:4]} {code[4:]}"


def typed(text: str) -> str | None:
    """The code out of what somebody typed; None where it can be none."""
    code = _TYPED.sub("", text) if len(text) <= LONGEST_TYPED else ""
    return code if _CODE.fullmatch(code) else None
