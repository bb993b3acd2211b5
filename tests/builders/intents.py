"""Plain intents that accrue and burn without any program: what the till and the books are tested with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from uuid_utils.compat import uuid7

from honeyguide.ledger.member_books import MemberBooks
from honeyguide.ledger.own_events import post_activations
from honeyguide.ledger.postings import NOTHING_ASIDE, NewLot, post_purchase, post_redemption
from honeyguide.ledger.recorded import Recorded, TransactionKind
from honeyguide.till.intent import Key, Reads, Reference
from honeyguide.till.outcomes import Decision, Refusal

PROGRAM = UUID("01900000-0000-7000-8000-000000000001")
PARTNER = UUID("01900000-0000-7000-8000-000000000002")
ENROLLED = datetime(2026, 1, 1, tzinfo=UTC)
NO_READS, LOTS = Reads(), Reads(lots=True)


@dataclass(frozen=True)
class Accrue:
    """Gives `amount` points; the smallest intent that touches every table of the post path."""

    member_id: UUID
    amount: int
    key: Key | None = None
    reference: Reference | None = None
    expires_at: datetime | None = None
    available_at: datetime = ENROLLED
    unit: str = "points"
    transaction_id: UUID = field(default_factory=uuid7)
    program_id: UUID = PROGRAM
    reads: Reads = NO_READS

    def decide(self, books: MemberBooks, now: datetime) -> Decision | Refusal:
        lot = NewLot(uuid5(self.transaction_id, "0"), self.unit, self.amount, PARTNER, now, self.available_at, self.expires_at)
        return Decision((post_purchase(books, recorded(self, TransactionKind.PURCHASE, now), [lot], [], NOTHING_ASIDE, lambda _: {}, now),))


@dataclass(frozen=True)
class Burn:
    """Takes `amount` points or refuses."""

    member_id: UUID
    amount: int
    key: Key | None = None
    reference: Reference | None = None
    transaction_id: UUID = field(default_factory=uuid7)
    program_id: UUID = PROGRAM
    reads: Reads = LOTS

    def decide(self, books: MemberBooks, now: datetime) -> Decision | Refusal:
        matured, books = post_activations(books, 1, now)
        available = books.available("points", now)
        if self.amount > available:
            return Refusal("INSUFFICIENT_BALANCE", {"available": available})
        posting = post_redemption(
            books, recorded(self, TransactionKind.REDEMPTION, now), "points", self.amount, PARTNER, NOTHING_ASIDE, lambda _: {}, now
        )
        return Decision((*matured, posting))


def recorded(intent: Any, kind: TransactionKind, now: datetime) -> Recorded:
    reference = intent.reference.key if intent.reference else None
    return Recorded(PROGRAM, intent.member_id, intent.transaction_id, kind, now, now, 1, partner_id=PARTNER, reference=reference)


def key(text: str | None = None, body: bytes = b"body") -> Key:
    return Key(f"partner:{PARTNER}", text or str(uuid4()), body)


def reference(text: str) -> Reference:
    return Reference(f"reference:{PARTNER}:PURCHASE:2026-11-22:", text)
