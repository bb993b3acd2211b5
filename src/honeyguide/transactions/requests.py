"""What a till asks for, as sent: amounts are still decimals, nothing is checked yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from honeyguide.members.lookup import MemberLookup
from honeyguide.programs.purchase import Channel, LineKind


@dataclass(frozen=True, slots=True)
class LineRequest:
    """`amount` is the line's total, signed; a discount is negative."""

    line_id: str
    quantity: Decimal
    amount: Decimal
    sku: str | None = None
    category: str | None = None
    mcc: str | None = None
    kind: LineKind = LineKind.PRODUCT


class TenderKind(StrEnum):
    CASH = "CASH"
    CARD = "CARD"
    POINTS = "POINTS"  # captures its hold in the same decision (R53)
    VOUCHER = "VOUCHER"
    GIFT_CARD = "GIFT_CARD"
    STORE_CREDIT = "STORE_CREDIT"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class HoldRef:
    """A hold and the member whose points it pins."""

    member_id: UUID
    hold_id: UUID


@dataclass(frozen=True, slots=True)
class TenderRequest:
    """What a part of a purchase was paid with; `amount` is money."""

    kind: TenderKind
    amount: Decimal
    hold: HoldRef | None = None
    voucher_code: str | None = None


@dataclass(frozen=True, slots=True)
class PostRequest:
    """`member` None: an anonymous purchase, to be claimed later. Negative product lines are returns, and the amount may then be negative."""

    idempotency_key: str
    member: MemberLookup | None
    reference: str
    occurred_at: datetime
    amount: Decimal
    currency: str
    lines: tuple[LineRequest, ...] = ()
    tenders: tuple[TenderRequest, ...] = ()
    business_date: date | None = None
    tax_included: bool = True
    location: str | None = None
    terminal: str | None = None
    cashier: str | None = None
    channel: Channel | None = None
    recorded_offline: bool = False


@dataclass(frozen=True, slots=True)
class QuoteRequest:
    """`member` None: what somebody of the base tier would earn."""

    member: MemberLookup | None
    amount: Decimal
    currency: str
    lines: tuple[LineRequest, ...] = ()
    occurred_at: datetime | None = None
    location: str | None = None
    tax_included: bool = True
    channel: Channel | None = None


@dataclass(frozen=True, slots=True)
class RedeemRequest:
    idempotency_key: str
    member: MemberLookup
    reference: str
    unit: str
    quantity: Decimal
    occurred_at: datetime | None = None
    location: str | None = None
    cashier: str | None = None


@dataclass(frozen=True, slots=True)
class ById:
    member_id: UUID
    transaction_id: UUID


@dataclass(frozen=True, slots=True)
class ByReference:
    """A partner's own number; where day or location are left open, the newest that fits."""

    reference: str
    location: str | None = None
    business_date: date | None = None
    kind: str = "PURCHASE"


@dataclass(frozen=True, slots=True)
class Whole:
    """All that is left of it."""


@dataclass(frozen=True, slots=True)
class ByAmount:
    """So much money of a purchase, whatever its lines."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class ReversalLine:
    """So many of a line; `amount` None: the line's amount for so many, rounded down except for the last of them."""

    line_id: str
    quantity: Decimal
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ByLines:
    lines: tuple[ReversalLine, ...]


@dataclass(frozen=True, slots=True)
class ByQuantity:
    """So much of a redemption, in its unit."""

    quantity: Decimal


@dataclass(frozen=True, slots=True)
class ReverseRequest:
    idempotency_key: str
    transaction: ById | ByReference
    reference: str
    what: Whole | ByAmount | ByLines | ByQuantity
    occurred_at: datetime | None = None
    location: str | None = None
    cashier: str | None = None
    note: str | None = None  # of an operator


@dataclass(frozen=True, slots=True)
class AuthorizeRequest:
    idempotency_key: str
    member: MemberLookup
    reference: str
    unit: str
    quantity: Decimal
    ttl_seconds: int = 900
    location: str | None = None
    cashier: str | None = None
    ask_approval: bool = False


@dataclass(frozen=True, slots=True)
class CaptureRequest:
    """`quantity` None: all that the hold pins."""

    idempotency_key: str
    hold_id: UUID
    member_id: UUID
    quantity: Decimal | None = None


@dataclass(frozen=True, slots=True)
class VoidRequest:
    idempotency_key: str
    hold_id: UUID
    member_id: UUID


@dataclass(frozen=True, slots=True)
class AdjustRequest:
    """`quantity` is signed; `expires_on` counts only where points are given, default the program's rule."""

    idempotency_key: str
    member: MemberLookup
    unit: str
    quantity: Decimal
    reason: str
    note: str
    expires_on: date | None = None
