"""Names as a till may show them before anybody proved who they are."""

from __future__ import annotations

DOTS = "•••"  # always three, so that the mask does not tell a name's length


def masked_name(display_name: str | None) -> str | None:
    """`A••• S•••` for Anna Maria Schmidt: enough to greet, too little to learn a name from a phone number."""
    words = (display_name or "").split()
    if not words:
        return None
    shown = words if len(words) < 3 else [words[0], words[-1]]
    return " ".join(word[0].upper() + DOTS for word in shown)
