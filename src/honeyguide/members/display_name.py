"""How members may call themselves: what phones, tills and mails can show, and nothing that hides or turns text; pure."""

from __future__ import annotations

import unicodedata

LONGEST_NAME = 80
# What joins letters of one word: Persian, Indic scripts and emoji are written with them.
_JOINERS = "\u200c\u200d"
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_MOST_MARKS = 4  # on one letter: Vietnamese has two, a flood of them covers the lines around


def checked_name(text: str) -> str | None:
    """The name in NFC without blanks around it, at most 80 characters; None for what is no name."""
    if len(text) > 4 * LONGEST_NAME:
        return None
    name = " ".join(unicodedata.normalize("NFC", text).split(" ")).strip()
    if not 1 <= len(name) <= LONGEST_NAME or not name.strip(_JOINERS):
        return None
    if any(unicodedata.category(one) in _UNSEEN and one not in _JOINERS for one in name):
        return None
    marks = 0
    for one in name:
        marks = marks + 1 if unicodedata.combining(one) else 0
        if marks > _MOST_MARKS:
            return None
    return name
