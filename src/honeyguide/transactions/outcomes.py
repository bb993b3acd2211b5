"""The answers of the use cases, refusals included: what `api` turns into result unions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from honeyguide.ledger.recorded import Recorded
from honeyguide.till.outcomes import Posted


@dataclass(frozen=True, slots=True)
class Parked:
    """Kept for an operator to decide (reviewQueue), not lost."""

    reference: str
    reason: str
    replayed: bool
    parked: tuple[UUID, UUID] | None = field(default=None, compare=False)  # whose, and which


@dataclass(frozen=True, slots=True)
class AnonymousPosted:
    """A purchase that nobody is named for; `claim_token` signs the link by which its receipt is claimed, once (R54)."""

    recorded: Recorded
    claim_token: str
    replayed: bool


@dataclass(frozen=True, slots=True)
class Reversed:
    """What was taken back, and by which transaction."""

    original: Recorded
    reversal: Recorded
    replayed: bool


@dataclass(frozen=True, slots=True)
class MemberNotFound:
    path: tuple[str, ...] = ("member",)


@dataclass(frozen=True, slots=True)
class DuplicateReference:
    recorded: Recorded
    path: tuple[str, ...] = ("reference",)


@dataclass(frozen=True, slots=True)
class IdempotencyConflict:
    path: tuple[str, ...] = ("idempotencyKey",)


@dataclass(frozen=True, slots=True)
class InsufficientBalance:
    """Minor units of `unit`."""

    unit: str
    asked: int
    available: int
    path: tuple[str, ...] = ("quantity",)


@dataclass(frozen=True, slots=True)
class ProofRequired:
    accepts: tuple[str, ...]
    path: tuple[str, ...] = ("member",)


@dataclass(frozen=True, slots=True)
class LimitExceeded:
    """`limit` names it; `facts` are for its words: `most` minor units of `unit`, or a number without one."""

    limit: str
    resets_at: datetime | None
    path: tuple[str, ...] = ("quantity",)
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rejected:
    """Any other refusal; `code` is one of the API's ErrorCode names; `retry_after` (seconds) with RETRY_LATER."""

    code: str
    path: tuple[str, ...] = ()
    retry_after: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


PostOutcome = Posted | AnonymousPosted | Parked | MemberNotFound | DuplicateReference | IdempotencyConflict | ProofRequired | Rejected
BurnRefused = MemberNotFound | InsufficientBalance | DuplicateReference | IdempotencyConflict | ProofRequired | LimitExceeded | Rejected
RedeemOutcome = Posted | BurnRefused
CaptureOutcome = Posted | ProofRequired | IdempotencyConflict | Rejected
SettleOutcome = Posted | IdempotencyConflict | Rejected
ReverseOutcome = Reversed | DuplicateReference | IdempotencyConflict | Rejected
AdjustOutcome = Posted | MemberNotFound | InsufficientBalance | IdempotencyConflict | Rejected
