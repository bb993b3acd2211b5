"""The intent of an authorisation: decided as a redemption is; what is posted pins the points and moves none (R14); pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from honeyguide.ledger.draft import Posting
from honeyguide.ledger.holds import Hold
from honeyguide.ledger.member_books import MemberBooks
from honeyguide.ledger.postings import post_authorization
from honeyguide.ledger.recorded import TransactionKind
from honeyguide.transactions.redeem_intent import RedeemIntent


@dataclass(frozen=True, slots=True)
class AuthorizeIntent(RedeemIntent):
    """A hold of `amount` minor units that ends by itself after `lasts`."""

    lasts: timedelta

    def _posting(self, books: MemberBooks, now: datetime) -> Posting:
        hold = self._hold(now)
        return post_authorization(
            books,
            self._recorded(TransactionKind.AUTHORIZATION, now),
            hold,
            self._aside(books),
            lambda after: self._detail("hold", books, after, now, expires_at=hold.expires_at.isoformat()),
            now,
        )

    def _hold(self, now: datetime) -> Hold:
        # What the hold takes of a day's limit comes back to that day, whoever ends the hold.
        counter_name, counter_period = self.counter if self._counts else (None, None)
        return Hold(
            hold_id=self.transaction_id,
            unit=self.unit,
            amount=self.amount,
            partner_id=self.partner_id,
            location=self.location,
            proof=self.proof.value,
            authorised_at=now,
            expires_at=now + self.lasts,
            counter_name=counter_name,
            counter_period=counter_period,
        )
