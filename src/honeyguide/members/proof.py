"""How sure a lookup is that the member is there: lookups identify, they never prove (R51)."""

from __future__ import annotations

from enum import StrEnum


class Proof(StrEnum):
    """NUMBER: typed or a static code. PRESENT: a rotating code or NFC. APPROVED: in the app or by PIN."""

    NUMBER = "NUMBER"
    PRESENT = "PRESENT"
    APPROVED = "APPROVED"
