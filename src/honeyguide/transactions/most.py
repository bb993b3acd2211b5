"""What a refusal of too much keeps of how much there is, told only to who may have all of it; pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

MONEY, PIECES = "money", "pieces"
# In what a refusal's data is counted, beside units by their codes; one cannot be called so, for its code stands behind this.
UNIT = "unit:"


def most_of(quantity: int | Decimal, counted: str = PIECES) -> Mapping[str, Any]:
    """Minor units of the program's currency (MONEY) or of a unit (`unit:<code>`), or a quantity of a line."""
    return {"at_most": quantity if isinstance(quantity, int) else str(quantity), "counted": counted}


def most_in(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """That of a refusal's data, nothing where it has none: refusals kept under keys before have none."""
    return {name: data[name] for name in ("at_most", "counted") if name in data}
