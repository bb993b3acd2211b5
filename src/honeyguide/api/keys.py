"""Texts that clients choose and that we keep: idempotency keys, references, codes, notes."""

from __future__ import annotations

from typing import overload

from honeyguide.api.problems import BadArgument

SHORTEST_KEY, LONGEST_KEY = 8, 255
LONGEST_TEXT = 255
LONGEST_NOTE = 1_000
# What the schema says of every idempotency key (S4).
KEY_IN_WORDS = f"{SHORTEST_KEY} to {LONGEST_KEY} characters; the same key with the same input gives the first answer again."


def checked_key(key: str) -> str:
    """An idempotency key of 8 to 255 characters (S4); raises BadArgument."""
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY or "\x00" in key:
        raise BadArgument(f"idempotencyKey must have {SHORTEST_KEY} to {LONGEST_KEY} characters.")
    return key


def checked_reference(reference: str) -> str:
    """A receipt's number; an empty one would make all receipts of a day the same; raises BadArgument."""
    if not reference.strip():
        raise BadArgument("reference must not be empty.")
    return checked_text(reference, "reference")


@overload
def checked_text(text: str, name: str) -> str: ...
@overload
def checked_text(text: str | None, name: str) -> str | None: ...
def checked_text(text: str | None, name: str) -> str | None:
    """A text that the books can hold; raises BadArgument."""
    if text is not None and (len(text) > LONGEST_TEXT or "\x00" in text):
        raise BadArgument(f"{name} must have at most {LONGEST_TEXT} characters, and no NUL.")
    return text


def checked_note(note: str, name: str = "note") -> str:
    """Why, in words; raises BadArgument."""
    if not note.strip() or len(note) > LONGEST_NOTE or "\x00" in note:
        raise BadArgument(f"{name} must have 1 to {LONGEST_NOTE} characters, and no NUL.")
    return note
