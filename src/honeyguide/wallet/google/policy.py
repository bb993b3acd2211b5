"""What a program decides of its cards at Google, written into classes and objects (G12, G14, G15, G16); pure."""

from __future__ import annotations

import hashlib
from typing import Any

from honeyguide.programs.google_style import GoogleStyle
from honeyguide.wallet.google.rotating import FIELD, Body, rotating_barcode


def class_policy(style: GoogleStyle, callback_url: str | None) -> dict[str, Any]:
    """What the class says for all cards of the style; `callback_url` where Google can reach us (G18)."""
    policy: dict[str, Any] = {"multipleDevicesAndHoldersAllowedStatus": style.holders.upper()}
    if style.smart_tap:
        policy |= {"enableSmartTap": True, "redemptionIssuers": list(style.smart_tap)}
    if style.places:
        policy["merchantLocations"] = [{"latitude": float(at.latitude), "longitude": float(at.longitude)} for at in style.places]
    if callback_url is not None:
        policy["callbackOptions"] = {"url": callback_url}
    return policy


def object_policy(body: Body, style: GoogleStyle, card_id: str | None, email: str | None) -> dict[str, Any]:
    """The body with the program's say; a closed card is left as blank as it is.

    `card_id` is that of the member's card in the app, whose key makes the rotating code; `email` is the member's own.
    """
    if body.get("state") != "ACTIVE":
        return dict(body)
    policed, static = dict(body), body.get("barcode")
    if style.barcode != "static" and card_id is not None:
        policed[FIELD] = rotating_barcode(card_id, static.get("alternateText") if isinstance(static, dict) else None)
        if style.barcode == "rotating":
            policed.pop("barcode", None)
    if style.smart_tap and isinstance(static, dict):
        # As random and revocable as the printed code, and no stronger a proof: a terminal hands it to the till as plain text.
        policed["smartTapRedemptionValue"] = static["value"]
    if style.only_own_account and email is not None:
        policed["saveRestrictions"] = {"restrictToEmailSha256": hashlib.sha256(email.lower().encode()).hexdigest()}
    return policed
