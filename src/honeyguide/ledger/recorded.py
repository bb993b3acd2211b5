"""A recorded transaction: the append-only row of one business event with the detail that it was decided from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class TransactionKind(StrEnum):
    ENROLMENT = "ENROLMENT"
    PURCHASE = "PURCHASE"
    REDEMPTION = "REDEMPTION"
    ADJUSTMENT = "ADJUSTMENT"
    ACTIVATION = "ACTIVATION"  # a pending lot matured; of_transaction names the accrual
    TIER_REVIEW = "TIER_REVIEW"
    REVERSAL = "REVERSAL"
    ACTIVITY = "ACTIVITY"
    EXPIRY = "EXPIRY"


@dataclass(frozen=True, slots=True)
class Recorded:
    """One row of `transaction`; `version` is the member's standing after it (0 until it is posted), amounts are minor units of `currency`."""

    program_id: UUID
    member_id: UUID
    transaction_id: UUID
    kind: TransactionKind
    occurred_at: datetime
    posted_at: datetime
    program_version: int
    version: int = 0
    of_transaction: UUID | None = None
    partner_id: UUID | None = None
    location: str | None = None
    reference: str | None = None
    business_date: date | None = None
    amount_minor: int | None = None
    currency: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)
