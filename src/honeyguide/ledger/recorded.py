"""A recorded transaction: the append-only row of one business event with the detail that it was decided from."""

from __future__ import annotations

from dataclasses import dataclass
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
    """One row of `transaction`; `version` is the member's standing after it, amounts are minor units of `currency`."""

    program_id: UUID
    member_id: UUID
    transaction_id: UUID
    version: int
    kind: TransactionKind
    of_transaction: UUID | None
    partner_id: UUID | None
    location: str | None
    reference: str | None
    business_date: date | None
    amount_minor: int | None
    currency: str | None
    occurred_at: datetime
    posted_at: datetime
    program_version: int
    detail: dict[str, Any]
