"""What a till asks for, as sent: amounts are still decimals, nothing is checked yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

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


@dataclass(frozen=True, slots=True)
class PostRequest:
    idempotency_key: str
    member: MemberLookup | None
    reference: str
    occurred_at: datetime
    amount: Decimal
    currency: str
    lines: tuple[LineRequest, ...] = ()
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
class AdjustRequest:
    """`quantity` is signed; `expires_on` counts only where points are given, default the program's rule."""

    idempotency_key: str
    member: MemberLookup
    unit: str
    quantity: Decimal
    reason: str
    note: str
    expires_on: date | None = None
