"""The intents of a member whom a till asked: approve lets the hold be captured, decline gives it back; pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from honeyguide.ledger.holds import Hold
from honeyguide.ledger.member_books import MemberBooks
from honeyguide.ledger.posting import Posting
from honeyguide.ledger.postings import Aside, Count, post_approval, post_void
from honeyguide.ledger.recorded import TransactionKind
from honeyguide.till.intent import Reads
from honeyguide.till.outcomes import Refusal
from honeyguide.transactions.asking import MOST_ASKED, asked_counter
from honeyguide.transactions.settle_intent import FROZEN, SettleIntent


@dataclass(frozen=True, slots=True)
class ApproveIntent(SettleIntent):
    """The member agrees; the hold lasts as long as it did."""

    def _refused(self, hold: Hold, books: MemberBooks) -> Refusal | None:
        if self.burner in books.frozen:
            return Refusal(FROZEN, {"path": ["holdId"]})
        return _asked(hold)

    def _posting(self, books: MemberBooks, hold: Hold, now: datetime) -> Posting:
        return post_approval(
            books,
            self._recorded(TransactionKind.APPROVAL, now),
            hold.hold_id,
            lambda after: self._detail("approval", after.holds[hold.hold_id], hold.amount, books, after, now),
            now,
        )


@dataclass(frozen=True, slots=True)
class DeclineIntent(SettleIntent):
    """The member does not; who was declined does not ask again on that local `day`."""

    day: str = ""

    @property
    def reads(self) -> Reads:
        return replace(super(DeclineIntent, self).reads, counters=(self._counter,))

    @property
    def _counter(self) -> tuple[str, str]:
        assert self.authorization.partner_id is not None  # a till placed the hold
        return asked_counter(self.authorization.partner_id, self.day)

    def _refused(self, hold: Hold, _books: MemberBooks) -> Refusal | None:
        return _asked(hold)

    def _posting(self, books: MemberBooks, hold: Hold, now: datetime) -> Posting:
        return post_void(
            books,
            self._recorded(TransactionKind.VOID, now),
            hold.hold_id,
            Aside((Count(*self._counter, MOST_ASKED),)),
            lambda after: self._detail("void", hold, hold.amount, books, after, now, declined=True),
            now,
        )


def _asked(hold: Hold) -> Refusal | None:
    """Only what waits can be answered, once."""
    return None if hold.waits else Refusal("NOT_FOUND", {"path": ["holdId"]})
