"""The intents that end a hold: capture takes all or a part of it, void takes nothing; pure."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from honeyguide.ledger.holds import Approval, Hold
from honeyguide.ledger.member_books import MemberBooks
from honeyguide.ledger.posting import Posting
from honeyguide.ledger.postings import NOTHING_ASIDE, Aside, Capture, post_capture, post_void
from honeyguide.ledger.recorded import Recorded, TransactionKind
from honeyguide.members.catching_up import catch_up
from honeyguide.members.proof import Proof
from honeyguide.programs.current import Applied
from honeyguide.till.intent import Key, Reads
from honeyguide.till.outcomes import Decision, Refusal
from honeyguide.transactions.burn_detail import burn_detail, kept_alive
from honeyguide.transactions.most import UNIT, most_of

FROZEN = "MEMBER_FROZEN"
NOT_OPEN = "HOLD_NOT_OPEN"
ABOVE = "ABOVE_HOLD"


@dataclass(frozen=True, slots=True)
class SettleIntent(ABC):
    """Ends the hold that `authorization` placed."""

    applied: Applied
    transaction_id: UUID
    key: Key | None
    authorization: Recorded
    occurred_at: datetime
    reference: None = None

    @property
    def program_id(self) -> UUID:
        return self.applied.program_id

    @property
    def member_id(self) -> UUID:
        return self.authorization.member_id

    @property
    def burner(self) -> UUID:
        """Who redeems, whoever's books pay."""
        by_member = self.authorization.detail.get("by_member")
        return UUID(by_member) if by_member else self.authorization.member_id

    @property
    def reads(self) -> Reads:
        return Reads(lots=True, holds=(self.authorization.transaction_id,), burner=self.burner)

    def decide(self, books: MemberBooks, now: datetime) -> Decision | Refusal:
        """A hold whose time is over lapses first, so that it is never settled twice."""
        earlier, books = catch_up(books, self.applied, now, rows_from=None)
        hold = books.holds[self.authorization.transaction_id]  # as old as its authorisation, and never removed
        if not hold.is_open(now):
            return Refusal(NOT_OPEN, {"path": ["holdId"]})
        return self._refused(hold, books) or Decision((*earlier, self._posting(books, hold, now)))

    def _refused(self, _hold: Hold, _books: MemberBooks) -> Refusal | None:
        return None

    @abstractmethod
    def _posting(self, books: MemberBooks, hold: Hold, now: datetime) -> Posting: ...

    def _detail(
        self, kind: str, hold: Hold, amount: int, before: MemberBooks, after: MemberBooks, now: datetime, **more: Any
    ) -> dict[str, Any]:
        """What of the hold a replayed answer tells again is kept with it."""
        asked = self.authorization.detail
        facts = {name: asked.get(name) for name in ("by_member", "cashier", "credential", "expires_at")}
        facts |= {"proof": Proof.APPROVED if hold.approval is Approval.APPROVED else asked.get("proof"), "approval": hold.approval}
        return burn_detail(
            self.applied.program,
            kind,
            hold.unit,
            amount,
            before,
            after,
            now,
            hold=str(hold.hold_id),
            authorized=hold.amount,
            **facts,
            **more,
        )

    def _recorded(self, kind: TransactionKind, now: datetime) -> Recorded:
        """Where and under which reference it was authorised, there it is settled."""
        return Recorded(
            program_id=self.program_id,
            member_id=self.member_id,
            transaction_id=self.transaction_id,
            kind=kind,
            of_transaction=self.authorization.transaction_id,
            partner_id=self.authorization.partner_id,
            location=self.authorization.location,
            reference=self.authorization.reference,
            business_date=self.authorization.business_date,
            occurred_at=self.occurred_at,
            posted_at=now,
            program_version=self.applied.version,
        )


@dataclass(frozen=True, slots=True)
class VoidIntent(SettleIntent):
    """Gives all of a hold back; `facts`: by which operator and why, where it was not the shop."""

    facts: Mapping[str, str] = field(default_factory=dict)

    def _posting(self, books: MemberBooks, hold: Hold, now: datetime) -> Posting:
        return post_void(
            books,
            self._recorded(TransactionKind.VOID, now),
            hold.hold_id,
            NOTHING_ASIDE,
            lambda after: self._detail("void", hold, hold.amount, books, after, now, **self.facts),
            now,
        )


@dataclass(frozen=True, slots=True)
class CaptureIntent(SettleIntent):
    """Takes `amount` minor units of a hold, None for all of it; what is not taken goes back."""

    amount: int | None = None

    def _refused(self, hold: Hold, books: MemberBooks) -> Refusal | None:
        if self.burner in books.frozen:
            return Refusal(FROZEN, {"path": ["holdId"]})
        if hold.waits:
            return Refusal("PROOF_REQUIRED", {"accepts": [Proof.APPROVED.value], "path": ["holdId"]})
        if self.amount is not None and self.amount > hold.amount:
            return Refusal(ABOVE, {"path": ["quantity"], **most_of(hold.amount, UNIT + hold.unit)})
        return None

    def _posting(self, books: MemberBooks, hold: Hold, now: datetime) -> Posting:
        amount = hold.amount if self.amount is None else self.amount
        return post_capture(
            books,
            self._recorded(TransactionKind.REDEMPTION, now),
            Capture(hold.hold_id, amount),
            Aside(lasts_until=kept_alive(self.applied.program, hold.unit, books, self.occurred_at)),
            # What of a day's limit it keeps, so that a reversal can give that back, too.
            lambda after: self._detail(
                "redemption",
                hold,
                amount,
                books,
                after,
                now,
                counts=[[hold.counter_name, hold.counter_period, amount]] if hold.counter_name else None,
            ),
            now,
        )
