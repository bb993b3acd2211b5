"""Intents on the books for tests of readers: a hold that nobody captures, and a claw-back that leaves a debt."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from honeyguide.ledger.holds import Hold
from honeyguide.ledger.member_books import MemberBooks
from honeyguide.ledger.postings import NOTHING_ASIDE, post_authorization
from honeyguide.ledger.recorded import Recorded, TransactionKind
from honeyguide.ledger.reversals import ClawbackPolicy, Taking, post_reversal
from honeyguide.till.intent import Reads
from honeyguide.till.outcomes import Decision


@dataclass(frozen=True)
class PlaceHold:
    """`amount` of a unit is reserved at a partner for a time."""

    program_id: UUID
    member_id: UUID
    partner_id: UUID
    amount: int
    lasts: timedelta = timedelta(minutes=15)
    unit: str = "points"
    transaction_id: UUID = field(default_factory=uuid7)
    key: None = None
    reference: None = None
    reads: Reads = field(default=Reads(lots=True))

    def decide(self, books: MemberBooks, now: datetime) -> Decision:
        hold = Hold(self.transaction_id, self.unit, self.amount, self.partner_id, None, "NUMBER", now, now + self.lasts)
        recorded = Recorded(
            self.program_id, self.member_id, self.transaction_id, TransactionKind.AUTHORIZATION, now, now, 1, partner_id=self.partner_id
        )
        because = {"rule": "", "quantity": self.amount, "unit": self.unit, "inputs": {"kind": "hold"}}
        detail = {"unit": self.unit, "quantity": self.amount, "because": [because]}
        return Decision((post_authorization(books, recorded, hold, NOTHING_ASIDE, lambda _: detail, now),))


@dataclass(frozen=True)
class TakeBack:
    """What a purchase gave in points is taken back whole, whatever became of it."""

    program_id: UUID
    member_id: UUID
    partner_id: UUID
    purchase: UUID
    unit: str = "points"
    transaction_id: UUID = field(default_factory=uuid7)
    key: None = None
    reference: None = None

    @property
    def reads(self) -> Reads:
        return Reads(lots=True, past=(self.purchase,))

    def decide(self, books: MemberBooks, now: datetime) -> Decision:
        lot = next(lot for lot in books.lots.values() if lot.transaction_id == self.purchase and lot.unit == self.unit)
        taking = Taking(self.unit, lot.issued, lot.lot_id, self.partner_id, ClawbackPolicy.UNLIMITED)
        recorded = Recorded(
            self.program_id, self.member_id, self.transaction_id, TransactionKind.REVERSAL, now, now, 1,
            of_transaction=self.purchase, partner_id=self.partner_id,
        )  # fmt: skip
        because = {"rule": "base", "quantity": lot.issued, "unit": self.unit, "inputs": {"kind": "clawback"}}
        taken = {"unit": self.unit, "quantity": lot.issued, "lot": str(lot.lot_id), "rule": "base", "because": [because]}
        detail = {"of": str(self.purchase), "taken": [taken], "returned": [], "because": []}
        return Decision((post_reversal(books, recorded, [taking], [], NOTHING_ASIDE, lambda *_: detail, now),))
