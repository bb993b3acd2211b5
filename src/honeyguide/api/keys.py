"""Texts that clients choose and that we keep: idempotency keys, references, codes, notes."""

from __future__ import annotations

from typing import overload

from honeyguide.api.input_refused import InputRefused

SHORTEST_KEY, LONGEST_KEY = 8, 255
LONGEST_TEXT = 255
LONGEST_NOTE = 1_000
# What the schema says of every idempotency key (S4).
KEY_IN_WORDS = f"{SHORTEST_KEY} to {LONGEST_KEY} characters; the same key with the same input gives the first answer again."


def checked_key(key: str) -> str:
    """An idempotency key of 8 to 255 characters (S4); raises InputRefused."""
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY or "\x00" in key:
        raise InputRefused(("idempotencyKey",), shortest=SHORTEST_KEY, longest=LONGEST_KEY)
    return key


def checked_reference(reference: str) -> str:
    """A receipt's number; an empty one would make all receipts of a day the same; raises InputRefused."""
    if not reference.strip():
        raise InputRefused(("reference",), shortest=1, longest=LONGEST_TEXT)
    return checked_text(reference, "reference")


@overload
def checked_text(text: str, name: str) -> str: ...
@overload
def checked_text(text: str | None, name: str) -> str | None: ...
def checked_text(text: str | None, name: str) -> str | None:
    """A text that the books can hold; raises InputRefused."""
    if text is not None and (len(text) > LONGEST_TEXT or "\x00" in text):
        raise InputRefused((name,), longest=LONGEST_TEXT)
    return text


def checked_note(note: str, name: str = "note") -> str:
    """Why, in words; raises InputRefused."""
    if not note.strip() or len(note) > LONGEST_NOTE or "\x00" in note:
        raise InputRefused((name,), shortest=1, longest=LONGEST_NOTE)
    return note
