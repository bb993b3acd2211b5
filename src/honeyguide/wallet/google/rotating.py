"""The barcode that changes on an Android phone: the same code as in the member's app, made by Google from the same key (G14)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from honeyguide.members.rotating_code import DIGITS, STEP, prefix_of

Body = Mapping[str, Any]
FIELD = "rotatingBarcode"


def rotating_barcode(card_id: str, below: str | None) -> dict[str, Any]:
    """What is kept and compared: everything but the key, of which the card's id tells whether it is another one; `below` stands under it."""
    return {
        "type": "QR_CODE",
        "valuePattern": f"{prefix_of(card_id)}{{totp_value_0}}",
        **({"alternateText": below} if below else {}),
        "totpDetails": {
            "algorithm": "TOTP_SHA1",
            "periodMillis": str(int(STEP.total_seconds() * 1000)),
            "parameters": [{"valueLength": DIGITS}],
        },
    }


def keyed(changes: Body, body: Body, key: bytes | None) -> dict[str, Any]:
    """What goes out: a barcode that changes goes whole, with its key in base16."""
    if changes.get(FIELD) is None or key is None:
        return dict(changes)
    barcode = body[FIELD]
    details = barcode["totpDetails"]
    parameters = [{**one, "key": key.hex().upper()} for one in details["parameters"]]
    return {**changes, FIELD: {**barcode, "totpDetails": {**details, "parameters": parameters}}}


def keyless(body: Body) -> dict[str, Any]:
    """What Google says it has, as it is kept: its key goes nowhere."""
    barcode = body.get(FIELD)
    details = barcode.get("totpDetails") if isinstance(barcode, Mapping) else None
    if not isinstance(barcode, Mapping) or not isinstance(details, Mapping):
        return dict(body)
    parameters = [{name: value for name, value in one.items() if name != "key"} for one in details.get("parameters") or ()]
    return {**body, FIELD: {**barcode, "totpDetails": {**details, "parameters": parameters}}}
