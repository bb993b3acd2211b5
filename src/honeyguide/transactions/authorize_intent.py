"""The intent of an authorisation: decided as a redemption is; what is posted pins the points and moves none (R14); pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from honeyguide.ledger.holds import Approval, Hold
from honeyguide.ledger.member_books import MemberBooks
from honeyguide.ledger.posting import Posting
from honeyguide.ledger.postings import Count, post_authorization
from honeyguide.ledger.recorded import TransactionKind
from honeyguide.members.proof import Proof
from honeyguide.till.intent import Reads
from honeyguide.till.outcomes import Refusal
from honeyguide.transactions.asking import LONGEST_WAIT, asked_counter, asks_too_much
from honeyguide.transactions.redeem_intent import RedeemIntent


@dataclass(frozen=True, slots=True)
class AuthorizeIntent(RedeemIntent):
    """A hold of `amount` minor units that ends by itself after `lasts`.

    `asks`: where the proof is not enough, the hold waits for the member, who may approve it in the app; it counts as APPROVED then.
    """

    lasts: timedelta
    asks: bool = False

    @property
    def reads(self) -> Reads:
        reads = super(AuthorizeIntent, self).reads  # a slotted class is another one than the one that super() without arguments means
        if not self.asks:
            return reads
        return replace(reads, counters=(*reads.counters, self._counter(Proof.APPROVED), asked_counter(self.partner_id, self.day)))

    def _above_limits(self, books: MemberBooks, proof: Proof) -> Refusal | None:
        """Who asks the member needs no more than what APPROVED allows, and may not ask too often."""
        refusal = super(AuthorizeIntent, self)._above_limits(books, proof)
        if refusal is None or not self.asks:
            return refusal
        return super(AuthorizeIntent, self)._above_limits(books, Proof.APPROVED) or asks_too_much(
            self.applied.program, books, self.partner_id, self.day
        )

    def _waits(self, books: MemberBooks) -> bool:
        return self.asks and super(AuthorizeIntent, self)._above_limits(books, self.proof) is not None

    def _posting(self, books: MemberBooks, now: datetime) -> Posting:
        hold = self._hold(books, now)
        waits = hold.waits
        asked = (Count(*asked_counter(self.partner_id, self.day), 1),) if waits else ()
        return post_authorization(
            books,
            self._recorded(TransactionKind.AUTHORIZATION, now),
            hold,
            self._aside(books, Proof.APPROVED if waits else self.proof, *asked),
            lambda after: self._detail("hold", books, after, now, expires_at=hold.expires_at.isoformat(), approval=hold.approval),
            now,
        )

    def _hold(self, books: MemberBooks, now: datetime) -> Hold:
        waits = self._waits(books)
        # What the hold takes of a day's limit comes back to that day, whoever ends the hold.
        counter_name, counter_period = self._counter(Proof.APPROVED if waits else self.proof)
        return Hold(
            hold_id=self.transaction_id,
            unit=self.unit,
            amount=self.amount,
            partner_id=self.partner_id,
            location=self.location,
            proof=self.proof.value,
            authorised_at=now,
            expires_at=now + (min(self.lasts, LONGEST_WAIT) if waits else self.lasts),
            counter_name=counter_name,
            counter_period=counter_period,
            approval=Approval.WAITING if waits else None,
        )
