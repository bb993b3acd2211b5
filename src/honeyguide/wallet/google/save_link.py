"""Links that put a loyalty object on an Android phone: a signed JWT that names the object and nothing of the member (G11, G12)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from honeyguide.wallet.google.account import ServiceAccount

AT_MOST = 1800  # longer links are cut by browsers and messengers, and the page at Google refuses them


class SaveLinkTooLong(ValueError):
    """More than 1800 characters; too many or too long origins."""


def save_link(account: ServiceAccount, object_id: str, class_id: str, *, save_url: str, origins: Sequence[str], now: datetime) -> str:
    """The link for an object that was inserted before; raises SaveLinkTooLong."""
    claims = {
        "aud": "google",
        "typ": "savetowallet",
        "iat": int(now.timestamp()),
        "origins": list(origins),
        "payload": {"loyaltyObjects": [{"id": object_id, "classId": class_id}]},
    }
    link = f"{save_url.rstrip('/')}/{account.sign(claims)}"
    if len(link) > AT_MOST:
        raise SaveLinkTooLong(f"the save link has {len(link)} characters, more than {AT_MOST}")
    return link
