"""Why so many: the recorded form of a reason, put into words when it is read (programs/texts.py); pure."""

from __future__ import annotations

from typing import Any


def reason(rule: str, quantity: int, unit: str, **inputs: Any) -> dict[str, Any]:
    """`rule` is '' where no rule gave it; `inputs` are text and integers and have the kind, which chooses the sentence."""
    return {"rule": rule, "quantity": quantity, "unit": unit, "inputs": inputs}
