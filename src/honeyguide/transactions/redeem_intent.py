"""The intent of a redemption: what is available and what the proof allows, decided on the member's locked books; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from honeyguide.ledger.draft import Posting
from honeyguide.ledger.member_books import MemberBooks
from honeyguide.ledger.postings import Aside, Count, post_redemption
from honeyguide.ledger.recorded import Recorded, TransactionKind
from honeyguide.members.catching_up import catch_up
from honeyguide.members.proof import Proof
from honeyguide.programs.current import Applied
from honeyguide.till.intent import Key, Reads, Reference
from honeyguide.till.outcomes import Decision, Refusal
from honeyguide.transactions.burn_detail import burn_detail, kept_alive
from honeyguide.transactions.burn_limits import burn_counter, left_by_number

# What may take a burn above the limit of proof NUMBER; how to give these proofs comes with Trust.
STRONGER = (Proof.PRESENT.value, Proof.APPROVED.value)


@dataclass(frozen=True, slots=True)
class RedeemIntent:
    """A redemption of `amount` minor units of one unit, proved by `proof`."""

    applied: Applied
    member_id: UUID
    by_member: UUID | None  # who redeems from the pool of his household
    transaction_id: UUID
    key: Key | None
    reference: Reference | None
    partner_id: UUID
    partner_reference: str
    business_date: date
    location: str | None
    cashier: str | None
    unit: str
    amount: int
    proof: Proof
    occurred_at: datetime
    asked_at: datetime

    @property
    def program_id(self) -> UUID:
        return self.applied.program_id

    @property
    def reads(self) -> Reads:
        return Reads(counters=(self.counter,), lots=True)

    @property
    def day(self) -> str:
        """The local day whose limit this burn uses: that of the request, for a till's own date would open the limit of any day."""
        return self.applied.program.local_day(self.asked_at).isoformat()

    @property
    def counter(self) -> tuple[str, str]:
        return burn_counter(self.unit, self.day)

    def decide(self, books: MemberBooks, now: datetime) -> Decision | Refusal:
        earlier, books = catch_up(books, self.applied, now, rows_from=None)
        return self._refused(books, now) or Decision((*earlier, self._posting(books, now)))

    def _refused(self, books: MemberBooks, now: datetime) -> Refusal | None:
        available = books.available(self.unit, now)
        if self.amount > available:
            return Refusal("INSUFFICIENT_BALANCE", {"unit": self.unit, "asked": self.amount, "available": max(available, 0)})
        left = left_by_number(self.applied.program, books, self.unit, self.day)
        if self.proof is Proof.NUMBER and left is not None and self.amount > left:
            return Refusal("PROOF_REQUIRED", {"accepts": list(STRONGER)})
        return None

    def _posting(self, books: MemberBooks, now: datetime) -> Posting:
        return post_redemption(
            books,
            self._recorded(TransactionKind.REDEMPTION, now),
            self.unit,
            self.amount,
            self.partner_id,
            self._aside(books),
            lambda after: self._detail("redemption", books, after, now, counts=[[*self.counter, self.amount]] if self._counts else None),
            now,
        )

    @property
    def _counts(self) -> bool:
        """Does it use up a day's limit?"""
        return self.proof is Proof.NUMBER

    def _aside(self, books: MemberBooks) -> Aside:
        counts = (Count(*self.counter, self.amount),) if self._counts else ()
        return Aside(counts, lasts_until=kept_alive(self.applied.program, self.unit, books, self.occurred_at))

    def _detail(self, kind: str, before: MemberBooks, after: MemberBooks, now: datetime, **facts: Any) -> dict[str, Any]:
        by_member = str(self.by_member) if self.by_member else None
        asked = {"proof": self.proof.value, "by_member": by_member, "cashier": self.cashier, **facts}
        return burn_detail(self.applied.program, kind, self.unit, self.amount, before, after, now, **asked)

    def _recorded(self, kind: TransactionKind, now: datetime) -> Recorded:
        return Recorded(
            program_id=self.program_id,
            member_id=self.member_id,
            transaction_id=self.transaction_id,
            kind=kind,
            partner_id=self.partner_id,
            location=self.location,
            reference=self.partner_reference,
            business_date=self.business_date,
            occurred_at=self.occurred_at,
            posted_at=now,
            program_version=self.applied.version,
        )
