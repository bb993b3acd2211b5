"""What a partner's till reports: a purchase and its lines, in integer minor units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class LineKind(StrEnum):
    PRODUCT = "PRODUCT"
    TAX = "TAX"
    SHIPPING = "SHIPPING"
    GIFT_CARD = "GIFT_CARD"
    DISCOUNT = "DISCOUNT"

    __hash__ = str.__hash__  # Enum's own hash runs in Python, and each line of each basket is looked up by its kind


class Channel(StrEnum):
    STORE = "STORE"
    ONLINE = "ONLINE"
    APP = "APP"
    PHONE = "PHONE"

    __hash__ = str.__hash__


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a receipt; `amount_minor` already includes the quantity and is negative on a DISCOUNT."""

    line_id: str
    sku: str | None
    category: str | None
    mcc: str | None
    quantity: Decimal
    amount_minor: int
    kind: LineKind = LineKind.PRODUCT


@dataclass(frozen=True, slots=True)
class Purchase:
    """A purchase at `partner` (its code in the program file); without lines the amount counts as one line without category."""

    partner: str
    location: str | None
    occurred_at: datetime
    amount_minor: int
    currency: str
    lines: tuple[Line, ...] = ()
    channel: Channel = Channel.STORE
    tax_included: bool = True
