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
    REDEMPTION = "REDEMPTION"  # of_transaction names the hold where it captured one
    AUTHORIZATION = "AUTHORIZATION"  # a hold was placed
    APPROVAL = "APPROVAL"  # ... and the member agreed in the app; of_transaction names the hold
    VOID = "VOID"  # ... and given back; of_transaction names the hold
    LAPSE = "LAPSE"  # ... or its time was over
    ADJUSTMENT = "ADJUSTMENT"
    ACTIVATION = "ACTIVATION"  # a pending lot matured; of_transaction names the accrual
    TIER_REVIEW = "TIER_REVIEW"
    TIER_WARNING = "TIER_WARNING"
    TIER_ASSIGNMENT = "TIER_ASSIGNMENT"
    REVERSAL = "REVERSAL"  # of_transaction names what is taken back
    ACTIVITY = "ACTIVITY"
    EXPIRY = "EXPIRY"
    REINSTATEMENT = "REINSTATEMENT"  # what had expired is there again
    TRANSFER = "TRANSFER"  # to another member or from one
    MERGE = "MERGE"
    UNMERGE = "UNMERGE"
    CLOSURE = "CLOSURE"
    ERASURE = "ERASURE"


# What books that are closed still take: what was on its way when they were closed comes, matures, and expires by its own date; a shop may
# take something back for which it was charged.
AFTER_CLOSING = frozenset(
    {TransactionKind.ERASURE, TransactionKind.TRANSFER, TransactionKind.ACTIVATION, TransactionKind.EXPIRY, TransactionKind.REVERSAL}
)


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
