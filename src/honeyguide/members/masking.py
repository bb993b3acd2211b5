"""Persons as a till may show them before anybody proved who they are, and as an agent may see them; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DOTS = "•••"  # always three, so that the mask does not tell a name's length


def masked_name(display_name: str | None) -> str | None:
    """`A••• S•••` for Anna Maria Schmidt: enough to greet, too little to learn a name from a phone number."""
    words = (display_name or "").split()
    if not words:
        return None
    shown = words if len(words) < 3 else [words[0], words[-1]]
    return " ".join(word[0].upper() + DOTS for word in shown)


def masked_end(text: str | None, shown: int) -> str | None:
    """`•••4242`: so that two people who look at the same thing know that they do, and no more."""
    return None if text is None else DOTS + (text[-shown:] if len(text) > 2 * shown else "")


def masked_email(email: str | None) -> str | None:
    """`a•••@•••`; the domain may be a family's name."""
    return None if email is None else f"{email[0]}{DOTS}@{DOTS}"


# What is known of a person beside what is masked is shown to nobody who sees a mask: a column that is new is hidden until it stands here.
_SHOWN = frozenset({"member_id", "locale", "status", "enrolled_at", "version", "tier", "tier_since", "tier_until"})


def masked_profile(profile: Mapping[str, Any]) -> dict[str, Any]:
    """A profile as read, with the person taken out."""
    return {
        **{name: value if name in _SHOWN else None for name, value in profile.items()},
        "display_name": masked_name(profile["display_name"]),
        "email": masked_email(profile["email"]),
        "phone": masked_end(profile["phone"], 2),
        "member_number": masked_end(profile["member_number"], 4),
    }
