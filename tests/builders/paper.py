"""A member's books on paper: intents decided one after the other with no database between, for properties with many examples."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from builders.clock import NOON
from builders.intents import PARTNER, PROGRAM
from honeyguide.ledger.member_books import MemberBooks, Past, PastMove, TierSpan
from honeyguide.ledger.posting import Posting
from honeyguide.ledger.recorded import Recorded, TransactionKind
from honeyguide.members.proof import Proof
from honeyguide.members.standing import qualifying_rows
from honeyguide.programs.current import Applied
from honeyguide.programs.evaluation import needs
from honeyguide.programs.program import Program
from honeyguide.programs.purchase import Purchase
from honeyguide.till.intent import Reads
from honeyguide.till.outcomes import Decision, Refusal
from honeyguide.transactions.authorize_intent import AuthorizeIntent
from honeyguide.transactions.purchase_detail import recorded_purchase
from honeyguide.transactions.purchase_intent import PurchaseIntent, purchase_reads
from honeyguide.transactions.redeem_intent import RedeemIntent
from honeyguide.transactions.requests import TenderKind
from honeyguide.transactions.reversal_intent import ReversalIntent
from honeyguide.transactions.reversal_request import Asked
from honeyguide.transactions.settle_intent import CaptureIntent, VoidIntent
from honeyguide.transactions.sweep_due import CatchUpIntent
from honeyguide.transactions.tenders import Tender

MEMBER = UUID(int=7)


@dataclass
class Paper:
    """`books` after everything so far; each answer is what was recorded, or the refusal."""

    program: Program
    now: datetime = NOON
    books: MemberBooks = field(init=False)
    postings: list[Posting] = field(default_factory=list)
    past: dict[UUID, Past] = field(default_factory=dict)
    ids: Any = field(default_factory=lambda: (UUID(int=number) for number in count(100)))

    def __post_init__(self) -> None:
        base = TierSpan(next(iter(self.program.ladder.levels)), self.now, None)
        self.books = MemberBooks(PROGRAM, MEMBER, 1, base, tier_history=(base,))
        self.applied = Applied(PROGRAM, 1, self.program, "", self.now)

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    def buy(self, purchase: Purchase, holds: dict[UUID, int] | None = None) -> Recorded | Refusal:
        """`holds`: minor units of money that each hold pays."""
        day, wanted = self.now.date().isoformat(), needs(self.program, purchase)
        paid = sum((holds or {}).values())
        tenders = [Tender(TenderKind.POINTS, amount, hold) for hold, amount in (holds or {}).items()]
        rest = [Tender(TenderKind.CASH, purchase.amount_minor - paid)] if purchase.amount_minor > paid else []
        return self._post(
            PurchaseIntent(
                self.applied, self.applied, MEMBER, next(self.ids), None, None, PARTNER, "receipt", self.now.date(),
                replace(purchase, occurred_at=self.now), wanted, purchase_reads(self.program, self.program, wanted, self.now, day), day, {},
                tenders=(*tenders, *rest),
            )
        )  # fmt: skip

    def catch_up(self) -> None:
        """What fell due is posted, as by a sweep."""
        decision = CatchUpIntent(self.applied, MEMBER, next(self.ids), None).decide(self.books, self.now)
        if decision.postings:
            self._take(decision)

    def redeem(self, amount: int, unit: str = "points") -> Recorded | Refusal:
        return self._post(RedeemIntent(**self._burning(amount, unit)))

    def hold(self, amount: int, unit: str = "points") -> Recorded | Refusal:
        return self._post(AuthorizeIntent(**self._burning(amount, unit), lasts=timedelta(minutes=15)))

    def capture(self, hold: Recorded, amount: int | None = None) -> Recorded | Refusal:
        return self._post(CaptureIntent(self.applied, next(self.ids), None, hold, self.now, amount=amount))

    def void(self, hold: Recorded) -> Recorded | Refusal:
        return self._post(VoidIntent(self.applied, next(self.ids), None, hold, self.now))

    def reverse(self, original: Recorded, asked: Asked) -> Recorded | Refusal:
        is_purchase = original.kind is TransactionKind.PURCHASE
        self.books = replace(self.books, past={original.transaction_id: self.past[original.transaction_id]})
        return self._post(
            ReversalIntent(
                self.applied, self.applied, original, recorded_purchase(original, "shop") if is_purchase else None, asked, next(self.ids),
                None, None, None, self.now.date(), None, self.now,
                Reads(ranges=qualifying_rows(self.program, self.now - timedelta(days=31)), lots=True), {},
            )
        )  # fmt: skip

    def _burning(self, amount: int, unit: str) -> dict[str, Any]:
        return {
            "applied": self.applied, "member_id": MEMBER, "by_member": None, "transaction_id": next(self.ids), "key": None, "reference": None,
            "partner_id": PARTNER, "partner_reference": "burn", "business_date": self.now.date(), "location": None, "cashier": None, "credential": None,
            "unit": unit, "amount": amount, "proof": Proof.NUMBER, "occurred_at": self.now, "asked_at": self.now,
        }  # fmt: skip

    def _post(self, intent: Any) -> Recorded | Refusal:
        decision = intent.decide(self.books, self.now)
        return decision if isinstance(decision, Refusal) else self._take(decision)

    def _take(self, decision: Decision) -> Recorded:
        for posting in decision.postings:
            self._remember(posting)
        self.postings += decision.postings
        self.books = decision.postings[-1].books
        assert_sound(self.books)
        return decision.postings[-1].recorded

    def _remember(self, posting: Posting) -> None:
        recorded = posting.recorded
        moves = tuple(PastMove(recorded.transaction_id, move.lot_id, move.what, move.amount) for move in posting.moves)
        self.past[recorded.transaction_id] = Past((), moves)
        if recorded.kind is TransactionKind.REVERSAL and recorded.of_transaction is not None:
            before = self.past[recorded.of_transaction]
            self.past[recorded.of_transaction] = Past((*before.reversals, recorded.detail), (*before.moves, *moves))


def assert_sound(books: MemberBooks) -> None:
    """What the conservation view asks of every member, and who owes has nothing left to redeem (R22)."""
    for lot in books.lots.values():
        columns = (lot.pending, lot.open, lot.held, lot.burned, lot.expired, lot.clawed, lot.moved)
        assert min(columns) >= 0 and sum(columns) == lot.issued, lot
    for unit, balance in books.balances.items():
        lots = [lot for lot in books.lots.values() if lot.unit == unit]
        assert balance.held == sum(lot.held for lot in lots) and balance.pending == sum(lot.pending for lot in lots)
        assert balance.posted == sum(lot.pending + lot.open + lot.held for lot in lots) - balance.debt
        assert balance.debt >= 0 and not (balance.debt and any(lot.open for lot in lots)), (unit, balance)
