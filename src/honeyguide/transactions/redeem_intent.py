"""The intent of a redemption: what is available and what the proof allows, decided on the member's locked books; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from honeyguide.ledger.member_books import MemberBooks
from honeyguide.ledger.posting import Posting
from honeyguide.ledger.postings import Aside, Count, post_redemption
from honeyguide.ledger.recorded import Recorded, TransactionKind
from honeyguide.members.catching_up import catch_up
from honeyguide.members.proof import Proof
from honeyguide.programs.current import Applied
from honeyguide.till.intent import Key, Reads, Reference
from honeyguide.till.outcomes import Decision, Refusal
from honeyguide.transactions.burn_detail import burn_detail, kept_alive
from honeyguide.transactions.burn_limits import above_limits, burn_counter, burn_counters
from honeyguide.transactions.settle_intent import FROZEN


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
    credential: str | None
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
        limits = burn_counters(self.applied.program, self.day, (self.unit,))
        return Reads(counters=(*limits, self._counter(self.proof)), lots=True, burner=self.burner)

    @property
    def burner(self) -> UUID:
        """Who redeems, whoever's books pay."""
        return self.by_member or self.member_id

    @property
    def day(self) -> str:
        """The local day whose limit this burn uses: that of the request, for a till's own date would open the limit of any day."""
        return self.applied.program.local_day(self.asked_at).isoformat()

    def decide(self, books: MemberBooks, now: datetime) -> Decision | Refusal:
        earlier, books = catch_up(books, self.applied, now, rows_from=None)
        return self._refused(books, now) or Decision((*earlier, self._posting(books, now)))

    def _counter(self, proof: Proof) -> tuple[str, str]:
        return burn_counter(proof, self.unit, self.day)

    def _refused(self, books: MemberBooks, now: datetime) -> Refusal | None:
        if self.burner in books.frozen:
            return Refusal(FROZEN, {"path": ["member"]})
        available = books.available(self.unit, now)
        if self.amount > available:
            return Refusal("INSUFFICIENT_BALANCE", {"unit": self.unit, "asked": self.amount, "available": max(available, 0)})
        return self._above_limits(books, self.proof)

    def _above_limits(self, books: MemberBooks, proof: Proof) -> Refusal | None:
        return above_limits(self.applied.program, books, proof, self.unit, self.amount, self.day)

    def _posting(self, books: MemberBooks, now: datetime) -> Posting:
        return post_redemption(
            books,
            self._recorded(TransactionKind.REDEMPTION, now),
            self.unit,
            self.amount,
            self.partner_id,
            self._aside(books, self.proof),
            lambda after: self._detail("redemption", books, after, now, counts=[[*self._counter(self.proof), self.amount]]),
            now,
        )

    def _aside(self, books: MemberBooks, proof: Proof, *more: Count) -> Aside:
        """It counts for its day whether a limit stands there or not: the program may get one before the day is over."""
        counts = (Count(*self._counter(proof), self.amount), *more)
        return Aside(counts, lasts_until=kept_alive(self.applied.program, self.unit, books, self.occurred_at))

    def _detail(self, kind: str, before: MemberBooks, after: MemberBooks, now: datetime, **facts: Any) -> dict[str, Any]:
        by_member = str(self.by_member) if self.by_member else None
        asked = {"proof": self.proof.value, "by_member": by_member, "cashier": self.cashier, "credential": self.credential, **facts}
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
